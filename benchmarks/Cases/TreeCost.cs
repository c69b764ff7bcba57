using Digits;
using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Agglomeration;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>The cost of an ACD tree of a digit, relative to scoring as many masks one at a time.</summary>
internal sealed class TreeCost : ISubject
{
    /// <summary>The baseline.</summary>
    public const string Plain = "masks one at a time";

    private readonly IDisposable _noGradients = no_grad();
    private readonly Composite _rules = DecompositionCost.Contextual;
    private readonly DigitsNetwork _model = DigitsNetwork.Pretrained();
    private readonly ImageAgglomeration _agglomeration;
    private readonly Tensor _image;
    private readonly Tensor _masks;
    private readonly int _asked;

    /// <param name="patch">The height and width of a patch in pixels.</param>
    public TreeCost(int patch)
    {
        using var digits = TestDigits.Load();
        _image = digits.First(3);
        _masks = Composition.PatchMasks(_image, patch);
        _agglomeration = new ImageAgglomeration { Class = 3, PatchSize = patch };
        using var scorer = new ContextualScorer(_rules, _model, _image);
        _asked = _agglomeration.Build(scorer, _image).ScoreCount;
    }

    public Visit Open(string name) => new(name == Plain ? ScoreEach : Build);

    public string? Note(string name) => name == Plain ? null : $"{_asked} masks scored";

    public void Dispose()
    {
        _masks.Dispose();
        _image.Dispose();
        _model.Dispose();
        _noGradients.Dispose();
    }

    private void Build()
    {
        using var scorer = new ContextualScorer(_rules, _model, _image);
        _agglomeration.Build(scorer, _image);
    }

    private void ScoreEach()
    {
        for (var k = 0; k < _asked; k++)
        {
            using var mask = _masks.narrow(0, k % _masks.shape[0], 1);
            using var composition = Composition.Regions(_image, mask);
            using var run = _rules.Decompose(_model, composition);
            using var output = _model.call(_image);
            run.Of(output);
        }
    }
}
