using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules.FunctionRules;
using Lrp.Tests.Engine;
using Lrp.Tests.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>The relevance of token ids is read at the outputs of embeddings, without being asked for.</summary>
[TestFixture]
public sealed class EmbeddingTests
{
    private static readonly Composite[] Composites =
    [
        new Composite { { Functions.AttnLrp } },
        new Composite { { typeof(Linear), LrpRule.Epsilon(1e-9) }, { Functions.AttnLrp } },
        new Composite { { typeof(Linear), LrpRule.Epsilon(1e-9) } },
    ];

    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin() => _scope = NewDisposeScope();

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void TokensHaveTheRelevanceOfTheirVectors(
        [Values] bool runsForward,
        [Range(0, 2)] int composite,
        [Values] RelevanceStart start
    )
    {
        using var model = new LlamaLike(runsForward);
        var logger = new CollectingLogger();
        using var registration = Composites[composite].Register(model, logger, start);
        var ids = Ids();
        var words = model.Embed(ids);
        model.call(new TokenInput(null, embedded: words)).Logits[0, -1, 4].backward();
        var expected = words.grad!.clone();

        model.call(new TokenInput(ids)).Logits[0, -1, 4].backward();

        var tokens = registration.Embeddings.Single();
        Assert.Multiple(() =>
        {
            Assert.That(tokens.Name, Is.EqualTo("embed_tokens"));
            Assert.That(tokens.Ids.Equals(ids), Is.True);
            Assert.That(tokens.Relevance.shape, Is.EqualTo(new long[] { 2, 5, LlamaLike.Width }));
            Assert.That(Difference(tokens.Relevance, expected), Is.LessThan(1e-14));
            Assert.That(tokens.Tokens().shape, Is.EqualTo(new long[] { 2, 5 }));
            Assert.That(expected[0].abs().sum().ToDouble(), Is.GreaterThan(0));
            Assert.That(logger.Warnings, Has.None.Contains("integers"));
            if (composite < 2)
            {
                var softmax = registration
                    .Describe()
                    .Split('\n')
                    .Single(line => line.StartsWith("softmax()", StringComparison.Ordinal));
                Assert.That(softmax, Does.Not.Contain("not called"));
            }
        });
    }

    [Test]
    public void SeveralEmbeddingsAreToldApartByTheirNames([Values] bool runsForward)
    {
        using var model = new LlamaLike(runsForward, hasPositions: true);
        using var registration = Composites[0].Register(model);
        var output = model.call(new TokenInput(Ids()));
        output.Logits[0, -1, 4].backward();

        var read = registration.Embeddings;
        Assert.That(read.Select(one => one.Name), Is.EqualTo(new[] { "embed_tokens", "embed_positions" }));
        Assert.That(read[1].Relevance.shape, Is.EqualTo(new long[] { 5, LlamaLike.Width }));
        var report = registration.Conservation();
        Assert.That(
            report.ModelInput,
            Is.EqualTo(read.Sum(one => one.Relevance.sum().ToDouble())).Within(1e-12),
            "embeddings are the model's input"
        );
        Assert.That(report.ModelOutput, Is.EqualTo(output.Logits[0, -1, 4].ToDouble()).Within(1e-12));
        Assert.That(report.ToString(), Does.Contain("total"));
    }

    [Test]
    public void TheListIsThatOfTheLatestBackwardPass()
    {
        using var model = new LlamaLike();
        using var registration = Composites[0].Register(model);
        Assert.That(registration.Embeddings, Is.Empty);
        model.call(new TokenInput(Ids())).Logits[0, -1, 4].backward();
        var first = registration.Embeddings.Single().Relevance.clone();
        model.call(new TokenInput(Ids()[.., ..3])).Logits[0, -1, 4].backward();
        Assert.That(registration.Embeddings.Single().Relevance.shape[1], Is.EqualTo(3));
        model.call(new TokenInput(Ids())).Logits[0, -1, 4].backward();
        Assert.That(Difference(registration.Embeddings.Single().Relevance, first), Is.Zero);
    }

    [Test]
    public void WithGradientsOffNothingIsRead()
    {
        using var model = new LlamaLike();
        using var registration = Composites[0].Register(model);
        using var off = no_grad();
        Assert.That(model.call(new TokenInput(Ids())).Logits.requires_grad, Is.False);
    }

    [Test]
    public void OutsideOfTheModelsCallAnEmbeddingIsAsItWas([Values] bool fails)
    {
        using var model = new Failing();
        using var registration = new Composite { { typeof(Linear), LrpRule.Lrp0() } }.Register(model);
        foreach (var parameter in model.parameters())
        {
            parameter.requires_grad = false;
        }

        if (fails)
        {
            Assert.That(() => model.call(Ids()), Throws.InvalidOperationException);
        }

        Assert.That(model.Embedding.call(Ids()).requires_grad, Is.False);
        Assert.That(model.Embedding.forward(Ids()).requires_grad, Is.False);
    }

    [Test]
    public void AWeightedSumOfABagIsReadAtTheBag([Values] bool runsForward)
    {
        using var bag = nn.EmbeddingBag(10, 4, mode: EmbeddingBagMode.Sum);
        using var head = nn.Linear(4, 3, hasBias: false);
        using var model = new Bags(bag, head, runsForward);
        using var registration = new Composite { { typeof(Linear), LrpRule.Lrp0() } }.Register(model);
        var logits = model.call(Ids());
        logits[1, 2].backward();

        var read = registration.Embeddings.Single();
        Assert.That(read.Name, Is.EqualTo("_bag"));
        Assert.That(read.Relevance.shape, Is.EqualTo(new long[] { 2, 4 }));
        Assert.That(read.Tokens()[1].ToDouble(), Is.EqualTo(logits[1, 2].ToDouble()).Within(1e-5));
    }

    [Test]
    public void AnEmbeddingInsideAModelOfWordsStaysAConstant()
    {
        using var model = new LlamaLike(hasPositions: true);
        using var registration = Composites[0].Register(model);
        var words = randn(2, 5, LlamaLike.Width, ScalarType.Float64).requires_grad_();
        var mask = ones(2, 5, ScalarType.Int64);
        model.call(new TokenInput(null, mask, words)).Logits[0, -1, 4].backward();
        Assert.That(registration.Embeddings, Is.Empty);
        Assert.That(words.grad!.abs().sum().ToDouble(), Is.GreaterThan(0));
    }

    [Test]
    public void ARecordOfAnEmbeddingHoldsItOnce([Values] bool runsForward)
    {
        using var model = new LlamaLike(runsForward);
        using var registration = Composites[0].Register(model);
        using var record = registration.Record("embed_tokens");
        model.call(new TokenInput(Ids())).Logits[0, -1, 4].backward();
        Assert.That(record.All, Has.Count.EqualTo(1));
        Assert.That(Difference(record.Relevance!, registration.Embeddings.Single().Relevance), Is.Zero);
    }

    [Test]
    public void AnEmbeddingThatIsNoChildIsFoundInItsField()
    {
        using var model = new Hidden();
        using var registration = Composites[0].Register(model);
        model.call(Ids())[0, -1, 2].backward();
        Assert.That(registration.Embeddings.Single().Name, Is.EqualTo("_late"));
    }

    [Test]
    public void WhereNoEmbeddingRunsTheLogSaysSo()
    {
        using var head = nn.Linear(10, 3);
        using var model = new OneHot(head);
        var logger = new CollectingLogger();
        using var registration = new Composite { { typeof(Linear), LrpRule.Lrp0() } }.Register(model, logger);
        model.call(Ids());
        Assert.That(
            logger.Warnings.Last(),
            Does.Contain("integers").And.Contain("Embedding").And.Contain("requires_grad_()")
        );
    }

    internal static Tensor Ids() => tensor(new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 0 }).reshape(2, 5);

    internal static double Difference(Tensor left, Tensor right) => (left - right).abs().max().ToDouble();

    private sealed class Failing : nn.Module<Tensor, Tensor>
    {
        public readonly Embedding Embedding = nn.Embedding(10, 4);
        private readonly Linear _head = nn.Linear(4, 3);

        public Failing()
            : base(nameof(Failing)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            _ = _head.call(Embedding.call(input));
            throw new InvalidOperationException("This model fails.");
        }
    }

    private sealed class Bags : nn.Module<Tensor, Tensor>
    {
        private readonly EmbeddingBag _bag;
        private readonly Linear _head;
        private readonly bool _runsForward;

        public Bags(EmbeddingBag bag, Linear head, bool runsForward)
            : base(nameof(Bags))
        {
            (_bag, _head, _runsForward) = (bag, head, runsForward);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) =>
            _head.call(_runsForward ? _bag.forward(input, null!, null!) : _bag.call(input, null!, null!));
    }

    private sealed class Hidden : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _head = nn.Linear(4, 3);
        private readonly Embedding _late;

        public Hidden()
            : base(nameof(Hidden))
        {
            RegisterComponents();
            _late = nn.Embedding(10, 4);
        }

        public override Tensor forward(Tensor input) => _head.call(_late.forward(input));
    }

    private sealed class OneHot : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _head;

        public OneHot(Linear head)
            : base(nameof(OneHot))
        {
            _head = head;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) =>
            _head.call(nn.functional.one_hot(input, 10).to(ScalarType.Float32));
    }
}
