using Lrp.Benchmarks;

if (args is [PeakMemory.ChildCommand, .. var childArguments])
{
    return RelevanceCost.Child(childArguments);
}

// Lrp.Benchmarks [NAME ...] [--json FILE]: all benchmarks, or those named.
var benchmarks = new Dictionary<string, Action<Report>>
{
    ["ops"] = OperatorOverhead.Run,
    ["lrp"] = RelevanceCost.Run,
    ["scaling"] = Scaling.Run,
    ["forward"] = ForwardCost.Run,
    ["analysis"] = AnalysisCost.Run,
};

var names = new List<string>();
string? json = null;
for (int i = 0; i < args.Length; i++)
{
    if (args[i] == "--json" && i + 1 < args.Length)
    {
        json = args[++i];
    }
    else
    {
        names.Add(args[i]);
    }
}

var unknown = names.Where(name => !benchmarks.ContainsKey(name)).ToList();
if (unknown.Count > 0)
{
    Console.Error.WriteLine($"No benchmark is named {string.Join(", ", unknown)}; there are: {string.Join(", ", benchmarks.Keys)}.");
    return 2;
}

var report = new Report(Console.Out);
foreach (string name in names.Count > 0 ? names : [.. benchmarks.Keys])
{
    report.Begin(name);
    benchmarks[name](report);
}

if (json is not null)
{
    report.WriteJson(json);
}

return 0;
