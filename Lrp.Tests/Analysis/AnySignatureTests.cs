using Lrp.Analysis.Activations;
using Lrp.Analysis.Information;
using Lrp.Composites;
using Lrp.Decomposition.Agglomeration;
using Lrp.Decomposition.Families;
using Lrp.Tests.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Analysis;

/// <summary>Extractors and scorers on models that take ids and masks, and keep something between calls.</summary>
[TestFixture]
public sealed class AnySignatureTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void ActivationsOfAModelWithAMaskAndACache([Values] CacheHabit cache)
    {
        using var model = new LlamaLike(runsForward: false, cache);
        var mask = tensor(new long[] { 1, 1, 1, 0, 0, 1, 1, 1, 1, 1 }).reshape(2, 5);
        using var set = ActivationExtractor.Extract(
            model,
            batch => model.call(new TokenInput(batch.Input, batch.Further[0])),
            ["lm_head", "layers.0"],
            [new ActivationBatch(Ids()) { Further = [mask] }, new ActivationBatch(Ids()[..1]) { Further = [mask[..1]] }]
        );
        using var fresh = new LlamaLike();
        var expected = fresh.call(new TokenInput(Ids(), mask)).Logits;
        Assert.That(set["lm_head"].shape, Is.EqualTo(new long[] { 15, LlamaLike.Vocabulary }));
        Assert.That(set["lm_head"][..10].allclose(expected.flatten(0, 1)), Is.True);
        Assert.That(set["lm_head"][10..].allclose(expected[0]), Is.True);
    }

    [Test]
    public void ShardsOfSuchAModel()
    {
        using var model = new LlamaLike(runsForward: false);
        var folder = Directory.CreateTempSubdirectory("lrp").FullName;
        try
        {
            using var shards = ActivationExtractor.ExtractTo(
                folder,
                model,
                batch => model.call(new TokenInput(batch.Input)),
                ["lm_head"],
                [new ActivationBatch(Ids())]
            );
            Assert.That(shards.Rows, Is.EqualTo(10));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void TheHiddenStateOfALayerOfSuchAModel()
    {
        using var model = new LlamaLike(runsForward: false);
        using var layer = new LayerState(
            model,
            ids => model.call(new TokenInput(ids, ids.ne(12))),
            "embed_tokens",
            "layers.1",
            Ids()
        );
        var embedded = layer.Embeddings();
        Assert.That(embedded.allclose(model.Embed(Ids())), Is.True);
        var hidden = layer.State.States(embedded);
        using var fresh = new LlamaLike();
        Assert.That(hidden.allclose(fresh.call(new TokenInput(Ids())).Hidden), Is.True);
    }

    [Test]
    public void RegionsOfATextWithAMask([Values] CacheHabit cache, [Values] bool occlude)
    {
        using var model = new LlamaLike(cache: cache);
        var (ids, mask) = (Ids()[..1], ones(1, 5, ScalarType.Int64));
        Tensor Run(IReadOnlyList<Tensor> inputs) => model.call(new TokenInput(inputs[0], inputs[1])).Logits[.., -1];
        using var scorer = occlude
            ? MaskingScorer.Occlusion(model, Run, [ids, mask], fill: 12, batchSize: 2)
            : MaskingScorer.BuildUp(model, Run, [ids, mask], fill: 12, batchSize: 2);
        var masks = zeros(3, 1, 5).to(ScalarType.Bool);
        masks[0, 0, 1] = true;
        masks[2, 0, 4] = true;

        var scores = scorer.Score(masks);

        using var fresh = new LlamaLike();
        Tensor Logits(Tensor text) => fresh.call(new TokenInput(text)).Logits[.., -1];
        for (var k = 0; k < 3; k++)
        {
            var kept = occlude ? masks[k].logical_not() : masks[k];
            var score = Logits(where(kept, ids, full_like(ids, 12)));
            var expected = occlude ? Logits(ids) - score : score;
            Assert.That((scores[k] - expected[0]).abs().max().ToDouble(), Is.LessThan(1e-12));
        }
    }

    [Test]
    public void ContextualScoresOfAModelThatTakesARecord()
    {
        using var inner = nn.Linear(4, 3, dtype: ScalarType.Float64);
        using var model = new Recorded(inner);
        var x = randn(1, 4, ScalarType.Float64);
        var composite = new Composite { { typeof(nn.Module), new ContextualDecomposition() } };
        using var scorer = new ContextualScorer(composite, model, input => model.call(new Question(input)).Logits, x);
        using var expected = new ContextualScorer(composite, inner, x);
        var masks = tensor(new[] { true, false, false, true, true, true, false, false }).reshape(2, 1, 4);
        Assert.That(scorer.Score(masks).allclose(expected.Score(masks)), Is.True);
    }

    private static Tensor Ids() => tensor(new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 0 }).reshape(2, 5);

    private sealed record Question(Tensor Values);

    private sealed record Answer(string Text, Tensor Logits);

    private sealed class Recorded : nn.Module<Question, Answer>
    {
        private readonly nn.Module<Tensor, Tensor> _inner;

        public Recorded(nn.Module<Tensor, Tensor> inner)
            : base(nameof(Recorded))
        {
            _inner = inner;
            RegisterComponents();
        }

        public override Answer forward(Question input) => new("answer", _inner.call(input.Values));
    }
}
