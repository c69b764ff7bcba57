using System.Text.Json;
using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using Lrp.Tests.Decomposition;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>PyDec's linear decomposition of models, functions and recurrent layers.</summary>
public sealed class DecompositionRunner : IGoldenRunner
{
    /// <summary>The cases were computed without error control: each step refers to the sum of the parts.</summary>
    private static readonly DecompositionOptions Options = new() { Reference = Reference.SumOfParts };

    public IReadOnlyCollection<string> Kinds { get; } =
    ["decomposition", "decomposition_function", "decomposition_rnn"];

    public void Run(GoldenCase golden)
    {
        var algorithm = Algorithm(golden.Descriptor.GetProperty("algorithm"));
        var composite = new Composite { { typeof(nn.Module), algorithm } };
        switch (golden.Kind)
        {
            case "decomposition":
                Model(golden, composite);
                break;
            case "decomposition_function":
                Function(golden, composite);
                break;
            default:
                Recurrent(golden, composite);
                break;
        }
    }

    private static void Model(GoldenCase golden, Composite composite)
    {
        var model = ModuleBuilder.BuildSequence(golden.Descriptor.GetProperty("model"));
        ModuleBuilder.Load(model, golden.ReadAll("model"));
        using var composition = Input(golden, string.Empty);
        using var run = composite.Decompose(model, composition, Options);
        Compare(golden, run.Of(model.call(composition.Value)));
    }

    private static void Function(GoldenCase golden, Composite composite)
    {
        var name = golden.Descriptor.GetProperty("function").GetString()!;
        var arguments = golden.Descriptor.GetProperty("args");
        if (golden.Has("components"))
        {
            using var composition = Input(golden, string.Empty);
            var model = new Lambda(One(name, arguments));
            using var run = composite.Decompose(model, composition, Options);
            Compare(golden, run.Of(model.call(composition.Value)));
            return;
        }

        using var left = Input(golden, ".0");
        using var right = Input(golden, ".1");
        var product = new Lambda2(Two(name));
        using var both = composite.Decompose(product, [left, right], Options);
        Compare(golden, both.Of(product.call(left.Value, right.Value)));
    }

    private static void Recurrent(GoldenCase golden, Composite composite)
    {
        var descriptor = golden.Descriptor.GetProperty("module");
        var arguments = descriptor
            .GetProperty("args")
            .EnumerateObject()
            .ToDictionary(entry => entry.Name, entry => entry.Value);
        var module = ModuleBuilder.BuildAny(descriptor.GetProperty("type").GetString()!, arguments);
        ModuleBuilder.Load(module, golden.ReadAll("module"));
        using var composition = Input(golden, string.Empty);
        using var run = composite.Decompose(module, composition, Options);
        var output = module switch
        {
            TorchSharp.Modules.RNN rnn => rnn.call(composition.Value).Item1,
            TorchSharp.Modules.GRU gru => gru.call(composition.Value).Item1,
            TorchSharp.Modules.LSTM lstm => lstm.call(composition.Value).Item1,
            _ => throw new NotSupportedException($"a recurrent {module.GetType().Name}"),
        };
        Compare(golden, run.Of(output));
    }

    internal static DecompositionAlgorithm Algorithm(JsonElement descriptor)
    {
        var arguments = descriptor.GetProperty("args");
        double Argument(string name, double otherwise) =>
            arguments.TryGetProperty(name, out var value) ? value.GetDouble() : otherwise;
        return descriptor.GetProperty("type").GetString() switch
        {
            "affine" => new Affine(),
            "scaling" => new Scaling(),
            "abs_affine" => new AbsAffine(),
            "hybrid_affine" => new HybridAffine(Argument("threshold", 0.15)),
            "none" => new NoDecomposition(),
            var other => throw new NotSupportedException($"the algorithm {other}"),
        };
    }

    private static Composition Input(GoldenCase golden, string suffix) =>
        Composition.Of(golden.Read("components" + suffix), golden.Read("residual" + suffix));

    private static void Compare(GoldenCase golden, Composition output)
    {
        golden.AssertClose(output.Components, "output_components");
        golden.AssertClose(output.Residual, "output_residual");
    }

    private static Func<Tensor, Tensor> One(string name, JsonElement arguments) =>
        name switch
        {
            "exp" => x => x.exp(),
            "sqrt" => x => x.sqrt(),
            "square" => x => x.square(),
            "reciprocal" => x => x.reciprocal(),
            "log" => x => x.log(),
            "abs" => x => x.abs(),
            "relu" => x => x.relu(),
            "tanh" => x => x.tanh(),
            "sigmoid" => x => x.sigmoid(),
            "gelu" => x => nn.functional.gelu(x),
            "silu" => x => nn.functional.silu(x),
            "elu" => x => nn.functional.elu(x, 1),
            "leaky_relu" => x => nn.functional.leaky_relu(x, 0.01),
            "softplus" => x => nn.functional.softplus(x),
            "neg" => x => x.neg(),
            "sin" => x => x.sin(),
            "cos" => x => x.cos(),
            "rsqrt" => x => x.rsqrt(),
            "log1p" => x => x.log1p(),
            "softmax" => x => x.softmax(arguments.GetProperty("dim").GetInt64()),
            "mean" => x => Dimensions(arguments) is { } dims ? x.mean(dims, Keep(arguments)) : x.mean(),
            "sum" => x => Dimensions(arguments) is { } dims ? x.sum(dims, Keep(arguments)) : x.sum(),
            "layer_norm" => x =>
                nn.functional.layer_norm(
                    x,
                    [.. arguments.GetProperty("normalized_shape").EnumerateArray().Select(size => size.GetInt64())]
                ),
            _ => throw new NotSupportedException($"the function {name}"),
        };

    private static long[]? Dimensions(JsonElement arguments) =>
        !arguments.TryGetProperty("dim", out var dim) || dim.ValueKind == JsonValueKind.Null ? null
        : dim.ValueKind == JsonValueKind.Array ? [.. dim.EnumerateArray().Select(entry => entry.GetInt64())]
        : [dim.GetInt64()];

    private static bool Keep(JsonElement arguments) =>
        arguments.TryGetProperty("keepdim", out var keep) && keep.GetBoolean();

    private static Func<Tensor, Tensor, Tensor> Two(string name) =>
        name switch
        {
            "add" => (a, b) => a + b,
            "sub" => (a, b) => a - b,
            "mul" => (a, b) => a * b,
            "div" => (a, b) => a / b,
            "matmul" => (a, b) => a.matmul(b),
            "bmm" => (a, b) => a.bmm(b),
            _ => throw new NotSupportedException($"the function {name}"),
        };
}
