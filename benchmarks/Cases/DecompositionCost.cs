using Digits;
using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>
/// The cost of a decomposition, relative to a forward pass of as many inputs as there are components.
/// </summary>
internal sealed class DecompositionCost : ISubject
{
    private readonly IDisposable _noGradients = no_grad();
    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly Tensor _input;
    private readonly Tensor _batch;
    private readonly Tensor? _masks;
    private readonly Dictionary<string, (Composite Rules, Func<Composition> Split)> _cases;

    private DecompositionCost(
        nn.Module<Tensor, Tensor> model,
        Tensor input,
        long components,
        Dictionary<string, (Composite, Func<Composition>)> cases,
        Tensor? masks = null
    )
    {
        _model = model;
        _input = input;
        _masks = masks;
        _cases = cases;
        _batch = rand([components, .. input.shape[1..]]);
    }

    /// <summary>Linear decomposition.</summary>
    public static Composite Linear => new() { { typeof(nn.Module), new Affine() } };

    /// <summary>Contextual decomposition.</summary>
    public static Composite Contextual => new() { { typeof(nn.Module), new ContextualDecomposition() } };

    /// <summary>A perceptron with the 784 features of an input as components.</summary>
    public static DecompositionCost OfMlp()
    {
        manual_seed(1);
        var model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10));
        var input = rand(1, 784);
        return new(model, input, 784, new() { ["784 features"] = (Linear, () => Composition.PerFeature(input)) });
    }

    /// <summary>The digits network with the 49 patches of an image as components.</summary>
    public static DecompositionCost OfDigits()
    {
        var model = DigitsNetwork.Pretrained();
        using var digits = TestDigits.Load();
        var image = digits.First(3);
        var masks = Composition.PatchMasks(image, 4);
        var cases = new Dictionary<string, (Composite, Func<Composition>)>
        {
            ["49 patches"] = (Linear, () => Composition.Patches(image, 4)),
            ["contextual, 49 masks"] = (Contextual, () => Composition.Regions(image, masks)),
        };
        return new(model, image, 49, cases, masks);
    }

    public Visit Open(string name) =>
        _cases.TryGetValue(name, out var row)
            ? new Visit(() => Decompose(row.Rules, row.Split))
            : new Visit(() => _model.call(_batch).Dispose());

    public void Dispose()
    {
        _masks?.Dispose();
        _batch.Dispose();
        _input.Dispose();
        _model.Dispose();
        _noGradients.Dispose();
    }

    private void Decompose(Composite rules, Func<Composition> split)
    {
        using var composition = split();
        using var run = rules.Decompose(_model, composition);
        using var output = _model.call(_input);
        run.Of(output);
    }
}
