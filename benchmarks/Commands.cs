using System.CommandLine;
using System.Globalization;
using Lrp.Benchmarks.Cases;
using Lrp.Benchmarks.Measuring;
using Lrp.Benchmarks.Reporting;

namespace Lrp.Benchmarks;

/// <summary>The program's commands and arguments.</summary>
internal static class Commands
{
    private const int Worse = 1,
        BadInput = 2;

    /// <summary>Runs the command that the arguments ask for.</summary>
    /// <returns>
    /// 0; 1 if a ratio is worse than in the earlier run; 2 if arguments or a file cannot be used.
    /// </returns>
    public static int Run(string[] arguments)
    {
        var parsed = Root().Parse(arguments);
        var code = parsed.Invoke();
        return parsed.Errors.Count > 0 ? BadInput : code;
    }

    private static RootCommand Root()
    {
        var names = new Argument<string[]>("names")
        {
            Description = "Measure only these cases: full names, or parts between slashes such as resnet18/batch1.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var quick = new Option<bool>("--quick") { Description = "One minute: the most important times." };
        var full = new Option<bool>("--full") { Description = "Half an hour: everything that --list shows." };
        var threads = new Option<int>("--threads")
        {
            Description = "The number of libtorch's threads.",
            DefaultValueFactory = _ => 1,
        };
        threads.Validators.Add(result =>
        {
            if (
                result.Tokens.Count > 0
                && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out var count)
                && count < 1
            )
            {
                result.AddError($"--threads must be at least 1; it is {count}.");
            }
        });
        var json = new Option<FileInfo?>("--json") { Description = "Write the results to this file." };
        var against = new Option<FileInfo>("--against")
        {
            Description =
                "Compare with an earlier --json file; exit with 1 if a ratio is worse by more than both spreads.",
        };
        against.AcceptExistingOnly();
        var list = new Option<bool>("--list")
        {
            Description = "List the cases and the smallest run that includes each, and measure nothing.",
        };
        var root = new RootCommand("Measures the cost of explanations relative to a baseline, in at most five minutes.")
        {
            names,
            quick,
            full,
            threads,
            json,
            against,
            list,
            Micro(),
            PeakMemoryOf(),
        };
        root.Validators.Add(result =>
        {
            if (result.GetValue(quick) && result.GetValue(full))
            {
                result.AddError("--quick and --full exclude each other.");
            }
        });
        root.SetAction(parsed =>
        {
            if (parsed.GetValue(list))
            {
                Console.Write(CaseList.Of(AllGroups.Groups));
                return 0;
            }

            var extent =
                parsed.GetValue(quick) ? Extent.Quick
                : parsed.GetValue(full) ? Extent.Full
                : Extent.Default;
            try
            {
                var earlier = parsed.GetValue(against) is { } file ? Report.Read(file.FullName) : null;
                var measurements = Selection.Of(AllGroups.Groups, parsed.GetValue(names)!, extent);
                var output = parsed.GetValue(json)?.FullName;
                return Measure(measurements, extent, parsed.GetValue(threads), output, earlier);
            }
            catch (Exception problem) when (problem is ArgumentException or InvalidDataException)
            {
                Console.Error.WriteLine(problem.Message);
                return BadInput;
            }
        });
        return root;
    }

    private static int Measure(
        IReadOnlyList<Measurement> measurements,
        Extent extent,
        int threads,
        string? json,
        Report? earlier
    )
    {
        var report = BenchmarkRun.Of(measurements, extent, threads);
        Console.Write(Markdown.Of(report));
        if (json is not null)
        {
            report.Write(json);
        }

        return earlier is null ? 0 : Compare(earlier, report);
    }

    private static int Compare(Report earlier, Report report)
    {
        var comparisons = Comparison.Of(earlier, report);
        Console.WriteLine();
        Console.WriteLine($"Compared with the earlier run on {earlier.Machine}: {comparisons.Count} ratios.");
        foreach (var change in new[] { Change.Better, Change.Worse })
        {
            foreach (var comparison in comparisons.Where(comparison => comparison.Change == change))
            {
                Console.WriteLine($"{change}: {comparison}.");
            }
        }

        return comparisons.Any(comparison => comparison.Change == Change.Worse) ? Worse : 0;
    }

    private static Command Micro()
    {
        var rest = new Argument<string[]>("arguments")
        {
            Description = "BenchmarkDotNet's own arguments, after --, such as -- --filter *Hooks*.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command(
            "micro",
            "Measure scopes, hooks, autograd functions and intercepted operators with BenchmarkDotNet."
        )
        {
            rest,
        };
        command.SetAction(parsed => MicroBenchmarks.Run(parsed.GetValue(rest)!));
        return command;
    }

    private static Command PeakMemoryOf()
    {
        var group = new Argument<string>("group");
        var name = new Argument<string>("case");
        var threads = new Argument<int>("threads");
        var command = new Command(PeakMemory.Command) { group, name, threads };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            var found = AllGroups.Groups.First(one => one.Name == parsed.GetValue(group));
            PeakMemory.OfThisProcess(found, parsed.GetValue(name)!, parsed.GetValue(threads));
        });
        return command;
    }
}
