using Lrp.Attribution;
using Lrp.Attribution.Evaluation;
using Lrp.Attribution.Gradients;
using Lrp.Tests.Text;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Attribution.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Attribution;

/// <summary>Removing the tokens of a text in the order of their relevance.</summary>
[TestFixture]
public sealed class TokenFlippingTests
{
    private DisposeScope _scope = null!;
    private Counting _model = null!;
    private Tensor _ids = null!;

    [SetUp]
    public void Begin()
    {
        // f = the sum of the ids, where id 9 is worth 100.
        _scope = NewDisposeScope();
        _model = new Counting();
        _ids = tensor(new long[] { 1, 2, 4, 8, 3, 0, 0, 5 }).reshape(2, 4);
    }

    [TearDown]
    public void End()
    {
        _model.Dispose();
        _ids.Dispose();
        _scope.Dispose();
    }

    [TestCase(TokenRemoval.ZeroEmbedding)]
    [TestCase(TokenRemoval.Deletion)]
    public void RemovedTokensAreWorthNothing(TokenRemoval removal)
    {
        var flipping = new TokenFlipping
        {
            Steps = 4,
            Removal = removal,
            ChunkSize = 3,
        };
        var curves = flipping.Evaluate(_model, _ids[..1], Inputs([1, 2, 4, 8]), Target.Entry(0));
        var last = removal == TokenRemoval.Deletion ? new double[] { 1, 8 } : [0, 0]; // one token is left
        Assert.That(curves.MostRelevantFirst, Is.EqualTo(new[] { 15, 7, 3, 1, last[0] }).Within(1e-12));
        Assert.That(curves.LeastRelevantFirst, Is.EqualTo(new[] { 15, 14, 12, 8, last[1] }).Within(1e-12));
        Assert.That(curves.Fractions, Is.EqualTo(new[] { 0, 0.25, 0.5, 0.75, 1 }));
    }

    [Test]
    public void RemovedTokensBecomeTheMask()
    {
        var flipping = new TokenFlipping
        {
            Steps = 2,
            Removal = TokenRemoval.MaskToken,
            MaskToken = 9,
        };
        var curves = flipping.Evaluate(_model, _ids[..1], Inputs([1, 2, 4, 8]), Target.Entry(0));
        Assert.That(curves.MostRelevantFirst, Is.EqualTo(new double[] { 15, 203, 400 }).Within(1e-12));
    }

    [Test]
    public void KeptTokensStayAndTheFractionsAreThoseOfTheOthers([Values] TokenRemoval removal)
    {
        var kept = tensor(new[] { false, false, false, true, false, true, true, false }).reshape(2, 4);
        var flipping = new TokenFlipping
        {
            Steps = 3,
            Removal = removal,
            MaskToken = 0,
            Kept = kept,
        };
        var relevance = Inputs([4, 2, 1, 8], [1, 0, 0, 2]);
        var curves = flipping.Evaluate(_model, _ids, relevance, Target.Entry(0));

        // 15 14 12 8 and 8 3 3 0: of two tokens 2/3 is 1
        Assert.That(curves.MostRelevantFirst, Is.EqualTo(new[] { 11.5, 8.5, 7.5, 4 }).Within(1e-12));
    }

    [Test]
    public void ALanguageModelIsFlippedWithItsMask([Values] TokenRemoval removal, [Values] CacheHabit cache)
    {
        using var model = new LlamaLike(cache: cache);
        var ids = tensor(new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 0 }).reshape(2, 5);
        var mask = ones(2, 5, ScalarType.Int64);
        var kept = arange(5).eq(4).expand(2, 5);
        var target = Target.Token(-1, 4);
        Tensor Run(IReadOnlyList<Tensor> inputs) => model.call(new TokenInput(inputs[0], inputs[1])).Logits;
        using var result = new InputXGradient().Attribute(model, Run, [ids, mask], target);
        var flipping = new TokenFlipping
        {
            Steps = 4,
            Removal = removal,
            MaskToken = 12,
            Kept = kept,
            ChunkSize = 5,
        };
        var curves = flipping.Evaluate(model, Run, [ids, mask], result.Relevance, target);
        var random = flipping.EvaluateRandom(model, Run, [ids, mask], target);
        using var fresh = new LlamaLike();
        var whole = fresh.call(new TokenInput(ids)).Logits[.., -1, 4].mean().ToDouble();
        Assert.That(curves.MostRelevantFirst[0], Is.EqualTo(whole).Within(1e-12));
        Assert.That(curves.MostRelevantFirst[^1], Is.EqualTo(curves.LeastRelevantFirst[^1]).Within(1e-12));
        Assert.That(random.MostRelevantFirst[^1], Is.EqualTo(curves.MostRelevantFirst[^1]).Within(1e-12));
        if (removal == TokenRemoval.Deletion)
        {
            var alone = fresh.call(new TokenInput(ids[.., 4..])).Logits[.., -1, 4].mean().ToDouble();
            Assert.That(curves.MostRelevantFirst[^1], Is.EqualTo(alone).Within(1e-12));
        }
    }

    [Test]
    public void WhatDoesNotFitIsRefusedWithTheRemedy()
    {
        using var model = new LlamaLike();
        Tensor Run(IReadOnlyList<Tensor> inputs) => model.call(new TokenInput(inputs[0])).Logits;
        var deletion = new TokenFlipping { Removal = TokenRemoval.Deletion };
        var relevance = rand(2, 4, ScalarType.Float64);
        Assert.Multiple(() =>
        {
            Assert.That(
                () => deletion.Evaluate(model, Run, [_ids], relevance, Target.Token(3, 4)),
                Throws.ArgumentException.With.Message.Contains("Target.Token(-1, id)")
            );
            Assert.That(
                () => new TokenFlipping { Removal = TokenRemoval.MaskToken }.Evaluate(_model, _ids, relevance),
                Throws.ArgumentException.With.Message.Contains("MaskToken")
            );
            Assert.That(
                () => new TokenFlipping().Evaluate(_model, _ids, rand(2, 5)),
                Throws.ArgumentException.With.Message.Contains("[2, 4]").And.Message.Contains("[2, 5]")
            );
            Assert.That(
                () => new TokenFlipping { Kept = ones(2) }.Evaluate(_model, _ids, relevance),
                Throws.ArgumentException.With.Message.Contains("Kept")
            );
            Assert.That(
                () => new TokenFlipping().Evaluate(_model, relevance, relevance),
                Throws.ArgumentException.With.Message.Contains("PixelFlipping")
            );
            Assert.That(
                () => new PixelFlipping().Evaluate(_model, _ids, relevance),
                Throws.ArgumentException.With.Message.Contains("TokenFlipping")
            );
        });
    }

    private sealed class Counting : nn.Module<Tensor, Tensor>
    {
        private readonly Embedding _worth;

        public Counting()
            : base(nameof(Counting))
        {
            double[] worth = [0, 1, 2, 3, 4, 5, 6, 7, 8, 100];
            _worth = nn.Embedding_from_pretrained(tensor(worth).reshape(10, 1));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => _worth.forward(input).sum(1);
    }
}
