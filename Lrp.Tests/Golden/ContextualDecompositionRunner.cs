using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using Lrp.Tests.Decomposition;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>Contextual decomposition of models, functions and an LSTM, as acd computes it.</summary>
public sealed class ContextualDecompositionRunner : IGoldenRunner
{
    public IReadOnlyCollection<string> Kinds { get; } =
    ["contextual_decomposition", "contextual_decomposition_function", "contextual_decomposition_lstm"];

    public void Run(GoldenCase golden)
    {
        var composite = new Composite { { typeof(nn.Module), new ContextualDecomposition() } };
        switch (golden.Kind)
        {
            case "contextual_decomposition":
                Model(golden, composite);
                break;
            case "contextual_decomposition_function":
                Function(golden, composite);
                break;
            default:
                Lstm(golden, composite);
                break;
        }
    }

    private static void Model(GoldenCase golden, Composite composite)
    {
        var model = ModuleBuilder.BuildSequence(golden.Descriptor.GetProperty("model"));
        ModuleBuilder.Load(model, golden.ReadAll("model"));
        var input = golden.Read("input").to(ScalarType.Float64);
        using var composition = Composition.Regions(input, golden.Read("mask").unsqueeze(0));
        using var run = composite.Decompose(model, composition);
        Compare(golden, run.Of(model.call(input)));
    }

    private static void Function(GoldenCase golden, Composite composite)
    {
        var region = golden.Read("relevant_in");
        using var composition = Composition.Of(region.unsqueeze(0), golden.Read("irrelevant_in"));
        Func<Tensor, Tensor> function = golden.Descriptor.GetProperty("function").GetString() switch
        {
            "relu" => x => x.relu(),
            "tanh" => x => x.tanh(),
            var other => throw new NotSupportedException($"the function {other}"),
        };
        var model = new Lambda(function);
        using var run = composite.Decompose(model, composition);
        var output = run.Of(model.call(composition.Value));
        golden.AssertClose(output[0], "relevant");
        golden.AssertClose(output.Residual, "irrelevant");
    }

    private static void Lstm(GoldenCase golden, Composite composite)
    {
        var model = TextLstm.Load(golden);
        var tokens = golden.Read("input");
        var spans = golden.Read("spans").data<long>().ToArray();
        var masks = zeros([spans.Length / 2, .. tokens.shape], ScalarType.Bool);
        for (var k = 0; k < spans.Length / 2; k++)
        {
            masks[k].narrow(0, spans[2 * k], spans[2 * k + 1] - spans[2 * k] + 1).fill_(true);
        }

        // The scores leave the label layer's bias out.
        model.Label.bias!.detach().zero_();
        using var composition = Composition.Regions(tokens, masks);
        using var run = composite.Decompose(model, composition);
        var output = run.Of(model.call(tokens));
        golden.AssertClose(output.Components.squeeze(1), "relevant");
        golden.AssertClose(output.Residual.squeeze(1), "irrelevant");
    }

    private static void Compare(GoldenCase golden, Composition output)
    {
        golden.AssertClose(output.Value, "output");
        golden.AssertClose(output[0], "relevant");
        golden.AssertClose(output.Residual[0], "irrelevant");
    }
}
