using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Core.Embeddings;
using Lrp.Rules.FunctionRules;
using Lrp.Tests.Text;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static Lrp.Tests.Attribution.Models;
using static TorchSharp.torch;
using Gradient = Lrp.Attribution.Gradients.Gradient;

namespace Lrp.Tests.Attribution;

/// <summary>Attributors on token ids: the same numbers as on the embedded tokens.</summary>
[TestFixture]
public sealed class TokenAttributionTests
{
    private static readonly Target Explained = Target.Token(-1, 4, against: 7);

    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin() => _scope = NewDisposeScope();

    [TearDown]
    public void End() => _scope.Dispose();

    private static IEnumerable<Attributor> Methods() =>
        [
            new Gradient { ChunkSize = 2 },
            new InputXGradient { ChunkSize = 2 },
            new SmoothGrad { ChunkSize = 4, Copies = 3 },
            new IntegratedGradients { ChunkSize = 4, Steps = 5 },
            new Occlusion { ChunkSize = 6, Window = [1, LlamaLike.Width] },
            new CompositeAttributor(AttnLrp()) { ChunkSize = 2 },
        ];

    [Test]
    public void TokenIdsAreExplainedAsTheirVectors(
        [ValueSource(nameof(Methods))] Attributor method,
        [Values] CacheHabit cache,
        [Values] bool runsForward
    )
    {
        using var model = new LlamaLike(runsForward, cache);
        using var other = new LlamaLike(runsForward: false);
        var ids = Ids(3);
        using var expected = method.Attribute(
            other,
            words => other.call(new TokenInput(null, embedded: words)).Logits,
            other.Embed(ids).detach(),
            Explained
        );
        for (var time = 0; time < 2; time++)
        {
            using var found = method.Attribute(
                model,
                input => model.call(new TokenInput(input)).Logits,
                ids,
                Explained
            );
            Assert.Multiple(() =>
            {
                Assert.That(Values(found.Relevance), Is.EqualTo(Values(expected.Relevance)).Within(1e-12));
                Assert.That(found.Explained, Is.EqualTo(expected.Explained).Within(1e-12));
                Assert.That(found.Tokens().shape, Is.EqualTo(new long[] { 3, 5 }));
                Assert.That(Values(found.Tokens()), Is.EqualTo(Values(expected.Relevance.sum(-1))).Within(1e-12));
                Assert.That(found.Embeddings.Single().Name, Is.EqualTo("embed_tokens"));
                Assert.That(found.Embeddings.Single().Ids.Equals(ids), Is.True);
                Assert.That(found.Inputs.Single().Ids!.Equals(ids), Is.True);
            });
        }
    }

    [TestCaseSource(nameof(Methods))]
    public void WithoutTheNativeLibraryEmbeddingsThatAreCalledAreSeen(Attributor method)
    {
        using var model = new LlamaLike(runsForward: false);
        using var expected = Explain(method, model, Ids(2));
        using (EmbeddingTap.HideOperators())
        {
            using var found = Explain(method, model, Ids(2));
            Assert.That(Values(found.Relevance), Is.EqualTo(Values(expected.Relevance)));

            using var silent = new LlamaLike(runsForward: true);
            Assert.That(
                () => Explain(method, silent, Ids(2)),
                Throws.InvalidOperationException.With.Message.Contains("native library").And.Message.Contains("call()")
            );
        }
    }

    [Test]
    public void PaddingIsPassedAlongAndTheLastTokenBeforeItExplained([ValueSource(nameof(Methods))] Attributor method)
    {
        using var model = new LlamaLike();
        var mask = tensor(new long[] { 1, 1, 1, 0, 0, 1, 1, 1, 1, 1 }).reshape(2, 5);
        using var padded = method.Attribute(
            model,
            inputs => model.call(new TokenInput(inputs[0], inputs[1])).Logits,
            [Ids(2), mask],
            Target.Token(mask, 4, against: 7)
        );
        if (method is SmoothGrad)
        {
            Assert.That(Values(padded.Relevance[0, 3..]), Is.All.Zero); // its noise depends on the shape
            return;
        }

        using var alone = Explain(method, model, Ids(1)[.., ..3]);
        using var whole = Explain(method, model, Ids(2)[1..]);
        Assert.Multiple(() =>
        {
            Assert.That(Values(padded.Relevance[0, ..3]), Is.EqualTo(Values(alone.Relevance)).Within(1e-10));
            Assert.That(Values(padded.Relevance[0, 3..]), Is.All.EqualTo(0).Within(1e-12));
            Assert.That(Values(padded.Relevance[1]), Is.EqualTo(Values(whole.Relevance)).Within(1e-10));
        });
    }

    [Test]
    public void ThePathMayBeginAtAToken()
    {
        using var model = new LlamaLike();
        var method = new IntegratedGradients
        {
            Steps = 400,
            ChunkSize = 64,
            BaselineToken = 12,
        };
        using var result = Explain(method, model, Ids(2));
        var masked = model.call(new TokenInput(full_like(Ids(2), 12))).Logits[.., -1];
        var whole = model.call(new TokenInput(Ids(2))).Logits[.., -1];
        var difference = whole[.., 4] - whole[.., 7] - masked[.., 4] + masked[.., 7];
        Assert.That(result.Sums, Is.EqualTo(Values(difference)).Within(1e-3));
        Assert.That(result.CompletenessErrors, Is.All.EqualTo(0).Within(1e-3));

        var unknown = new IntegratedGradients { BaselineToken = 13 };
        Assert.That(
            () => Explain(unknown, model, Ids(2)),
            Throws.ArgumentException.With.Message.Contains("0 to 12").And.Message.Contains("13")
        );
    }

    [Test]
    public void AnOccludedTokenIsTheTokenOfTheBaseline()
    {
        using var model = new LlamaLike();
        using var result = Explain(new Occlusion { BaselineToken = 12, ChunkSize = 3 }, model, Ids(2));
        for (var token = 0; token < 5; token++)
        {
            var ids = Ids(2).clone();
            ids[.., token] = 12;
            var fall = Logit(model, Ids(2)) - Logit(model, ids);
            Assert.That(Values(result.Tokens()[.., token]), Is.EqualTo(Values(fall)).Within(1e-12));
        }
    }

    [Test]
    public void EveryEmbeddingIsReadWhereTheModelRunsOnTheSamplesThemselves()
    {
        using var model = new LlamaLike(hasPositions: true);
        using var each = Explain(new InputXGradient { ChunkSize = 2 }, model, Ids(3));
        Assert.That(each.Embeddings.Select(one => one.Name), Is.EqualTo(new[] { "embed_tokens", "embed_positions" }));
        Assert.That(each.Embeddings[1].Relevance.shape, Is.EqualTo(new long[] { 5, LlamaLike.Width }));
        Assert.That(each.Inputs, Has.Count.EqualTo(1));

        using var together = Explain(new InputXGradient { ChunkSize = 3 }, model, Ids(3));
        Assert.That(
            Values(each.Embeddings[1].Relevance),
            Is.EqualTo(Values(together.Embeddings[1].Relevance)).Within(1e-12),
            "the sum over all samples"
        );

        using var path = Explain(new IntegratedGradients { Steps = 3 }, model, Ids(3));
        Assert.That(path.Embeddings.Select(one => one.Name), Is.EqualTo(new[] { "embed_tokens" }));
    }

    [Test]
    public void ATransformerThatHasTheTokensFirstIsExplainedBySamples()
    {
        using var model = new Columns(transposed: true);
        using var result = new InputXGradient().Attribute(model, Ids(3), Target.Entry(0));
        using var other = new Columns(transposed: false);
        using var expected = new InputXGradient().Attribute(other, Ids(3), Target.Entry(0));
        Assert.That(result.Relevance.shape, Is.EqualTo(new long[] { 3, 5, 2 }));
        Assert.That(Values(result.Relevance), Is.EqualTo(Values(expected.Relevance)).Within(1e-14));
        using var path = new IntegratedGradients { Steps = 1 }.Attribute(model, Ids(3), Target.Entry(0));
        Assert.That(Values(path.Relevance), Is.EqualTo(Values(expected.Relevance)).Within(1e-14));
    }

    [Test]
    public void EachColumnOfATableHasItsEmbedding([Values] bool isPath)
    {
        using var model = new Table();
        var table = tensor(new long[] { 0, 1, 1, 2, 2, 0 }).reshape(3, 2);
        Attributor method = isPath ? new IntegratedGradients { ChunkSize = 4, Steps = 2 } : new InputXGradient();
        using var result = method.Attribute(model, table, Target.Entry(0));
        Assert.That(result.Inputs.Select(input => input.Name), Is.EqualTo(new[] { "color", "size" }));
        Assert.That(result.Inputs.Select(input => input.Relevance.shape[0]), Is.All.EqualTo(3));
        var logits = model.call(table).flatten();
        Assert.That(result.Sums, Is.EqualTo(Values(logits)).Within(1e-5));
    }

    [Test]
    public void NumbersAndTokensAreExplainedTogether()
    {
        using var model = new LlamaLike();
        var scale = rand(2, 13, ScalarType.Float64);
        using var result = new InputXGradient().Attribute(
            model,
            inputs => model.call(new TokenInput(inputs[0])).Logits[.., -1] * inputs[1],
            [Ids(2), new(scale, "scale")],
            4
        );
        Assert.That(result.Inputs.Select(input => input.Name), Is.EqualTo(new[] { "embed_tokens", "scale" }));
        Assert.That(result["scale"].sum(1).allclose(tensor(result.Explained.ToArray())), Is.True);
        Assert.That(result["embed_tokens"].shape, Is.EqualTo(new long[] { 2, 5, LlamaLike.Width }));
    }

    [Test]
    public void AModelWithRoomForFewerRowsSaysWhatToSet()
    {
        using var model = new LlamaLike(cache: CacheHabit.Slices);
        var method = new IntegratedGradients { Steps = 60, ChunkSize = 60 };
        Assert.That(
            () => Explain(method, model, Ids(1)),
            Throws.InvalidOperationException.With.Message.Contains("60 rows").And.Message.Contains("ChunkSize")
        );
        Explain(new IntegratedGradients { Steps = 60, ChunkSize = 50 }, model, Ids(1)).Dispose();
    }

    [Test]
    public void TheWeightsGetNoGradientAndTheModelItsOwnCacheBack()
    {
        using var model = new LlamaLike(cache: CacheHabit.Growing);
        using var before = model.call(new TokenInput(Ids(2)[.., ..3])).Logits.detach();
        var kept = model.Cache[0].Item1;
        using var result = Explain(new Gradient(), model, Ids(2)[.., 3..]);
        Assert.Multiple(() =>
        {
            Assert.That(model.parameters().Select(parameter => parameter.grad), Is.All.Null);
            Assert.That(model.parameters().Select(parameter => parameter.requires_grad), Is.All.True);
            Assert.That(model.Cache[0].Item1.shape, Is.EqualTo(new long[] { 2, 3, LlamaLike.Width }));
            Assert.That(result.Relevance.shape[1], Is.EqualTo(2), "the tokens of this call, behind those of the cache");
            Assert.That(kept.IsInvalid, Is.True, "the model disposes what it replaces");
        });
        var whole = model.call(new TokenInput(Ids(2)[.., 3..])).Logits[.., -1];
        using var fresh = new LlamaLike();
        Assert.That(Values(whole), Is.EqualTo(Values(fresh.call(new TokenInput(Ids(2))).Logits[.., -1])).Within(1e-12));
    }

    private static Composite AttnLrp() => new() { { Functions.AttnLrp } };

    private static AttributionResult Explain(Attributor method, LlamaLike model, Tensor ids) =>
        method.Attribute(model, input => model.call(new TokenInput(input)).Logits, ids, Explained);

    private static Tensor Logit(LlamaLike model, Tensor ids)
    {
        var logits = model.call(new TokenInput(ids)).Logits[.., -1];
        return logits[.., 4] - logits[.., 7];
    }

    private static Tensor Ids(int samples) =>
        tensor(new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 3, 1, 4, 1, 5 }).reshape(3, 5)[..samples];

    /// <summary>A recurrent sum over the tokens, whose weight depends on the position.</summary>
    private sealed class Columns : nn.Module<Tensor, Tensor>
    {
        private readonly Embedding _embedding;
        private readonly bool _transposed;

        public Columns(bool transposed)
            : base(nameof(Columns))
        {
            manual_seed(7);
            (_transposed, _embedding) = (transposed, nn.Embedding(10, 2, dtype: ScalarType.Float64));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var words = _transposed ? _embedding.call(input.t()).transpose(0, 1) : _embedding.call(input);
            var weights = arange(1, input.shape[1] + 1, ScalarType.Float64).unsqueeze(1);
            return (words * weights).sum([1, 2]).unsqueeze(1);
        }
    }

    private sealed class Table : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "color")]
        private readonly Embedding _color = nn.Embedding(3, 2);

        [ComponentName(Name = "size")]
        private readonly Embedding _size = nn.Embedding(3, 4);

        public Table()
            : base(nameof(Table)) => RegisterComponents();

        public override Tensor forward(Tensor input) =>
            (_color.call(input[.., 0]).sum(1) + (2 * _size.call(input[.., 1]).sum(1))).unsqueeze(1);
    }
}
