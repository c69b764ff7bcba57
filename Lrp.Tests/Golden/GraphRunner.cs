using System.Text.Json;
using Lrp.Composites;
using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>A preset on a network whose layers are nodes of a graph, with one of its outputs explained.</summary>
public sealed class GraphRunner : IGoldenRunner
{
    public IReadOnlyCollection<string> Kinds => ["graph"];

    public void Run(GoldenCase golden)
    {
        var descriptor = golden.Descriptor;
        using var model = Build(golden);
        var composite = new Composite();
        foreach (var extra in Elements(descriptor, "extra"))
        {
            composite.Add(ModuleType(extra.GetProperty("module").GetString()!), RuleOf(extra.GetProperty("rule")));
        }

        composite.Add(
            RuleBuilder.BuildComposite(
                descriptor.GetProperty("composite"),
                RuleBuilder.BuildCanonizers(descriptor.GetProperty("canonizers"), keepEpsilon: false)
            )
        );
        using var registration = composite.Register(model, start: RelevanceStart.Gradient);
        var input = golden.Read("input").requires_grad_();
        var outputs = Named(model.call(input));
        foreach (var (name, output) in outputs)
        {
            golden.AssertClose(output, name.Length == 0 ? "output" : $"output.{name}");
        }

        var explained = descriptor.GetProperty("explained_output") is { ValueKind: not JsonValueKind.Null } key
            ? key.ToString()
            : "";
        var relevance = golden.Read(explained.Length == 0 ? "relevance_out" : $"relevance_out.{explained}");
        outputs[explained].backward([relevance]);
        registration.ThrowIfFaulted();
        golden.AssertClose(input.grad!, "relevance_in");
    }

    private static GraphModel Build(GoldenCase golden)
    {
        var descriptor = golden.Descriptor;
        var nodes = descriptor.GetProperty("nodes");
        var dropouts = golden
            .ReadAll("dropout_mask")
            .ToDictionary(mask => mask.Key, mask => mask.Value.div(1 - DropProbability(nodes, mask.Key)));
        var model = new GraphModel(nodes, descriptor.GetProperty("output"), dropouts);
        ModuleBuilder.Load(model, golden.ReadAll("model"));
        foreach (var node in Elements(descriptor, "training"))
        {
            model.Part(node.GetString()!).train();
        }

        return model;
    }

    private static double DropProbability(JsonElement nodes, string node)
    {
        var found = nodes.EnumerateArray().First(element => element.GetProperty("name").GetString() == node);
        return found.TryGetProperty("args", out var args) && args.TryGetProperty("p", out var p) ? p.GetDouble() : 0.5;
    }

    private static IEnumerable<JsonElement> Elements(JsonElement descriptor, string name) =>
        descriptor.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
            : [];

    private static BackwardRule RuleOf(JsonElement rule)
    {
        if (rule.ValueKind == JsonValueKind.Object)
        {
            return RuleBuilder.BuildRule(rule);
        }

        using var named = JsonDocument.Parse(JsonSerializer.Serialize(new { type = rule.GetString() }));
        return RuleBuilder.BuildRule(named.RootElement);
    }

    private static Type ModuleType(string name) =>
        typeof(nn.Module).Assembly.GetType($"TorchSharp.Modules.{name}")
        ?? throw new NotSupportedException($"TorchSharp has no {name}.");

    private static Dictionary<string, Tensor> Named(object output) =>
        output switch
        {
            Tensor tensor => new() { [""] = tensor },
            Tensor[] several => several.Select((tensor, k) => (tensor, k)).ToDictionary(t => $"{t.k}", t => t.tensor),
            _ => (Dictionary<string, Tensor>)output,
        };
}
