using Lrp.Analysis.Activations;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.Analysis;

[TestFixture]
public sealed class ActivationTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void ALayerOfSamplesGivesARowASample()
    {
        using var model = nn.Sequential(("a", nn.Linear(3, 4)), ("relu", nn.ReLU()), ("b", nn.Linear(4, 2)));
        var x = randn(5, 3);
        using var set = ActivationExtractor.Extract(
            model,
            ["relu", "a"],
            [
                new ActivationBatch(x.narrow(0, 0, 3)) { Labels = [0, 1, 0] },
                new ActivationBatch(x.narrow(0, 3, 2)) { Labels = [1, 1] },
            ]
        );
        Assert.That(set["relu"].shape, Is.EqualTo(new long[] { 5, 4 }));
        Assert.That(set["relu"].allclose(set["a"].relu()));
        Assert.That(set.Classes().data<long>().ToArray(), Is.EqualTo(new long[] { 0, 1, 0, 1, 1 }));
        Assert.That(set.Concatenated().shape, Is.EqualTo(new long[] { 5, 8 }));
    }

    [TestCase(WordAggregation.First, 1, 6)]
    [TestCase(WordAggregation.Last, 2, 6)]
    [TestCase(WordAggregation.Mean, 1.5, 6)]
    public void PositionsOfAWordBecomeOneRow(WordAggregation aggregation, double first, double third)
    {
        using var model = nn.Sequential(("id", nn.Identity()));
        var x = arange(8, dtype: ScalarType.Float32).view(2, 4, 1);
        var batch = new ActivationBatch(x)
        {
            WordOfPosition =
            [
                [-1, 0, 0, 1],
                [-1, -1, 0, -1],
            ],
            Tokens = ["un|do", "it", "now"],
        };
        using var set = ActivationExtractor.Extract(
            model,
            ["id"],
            [batch],
            new ExtractionOptions { Aggregation = aggregation }
        );
        Assert.That(set["id"].flatten().data<float>().ToArray(), Is.EqualTo(new[] { (float)first, 3, (float)third }));
    }

    [Test]
    public void AnLSTMThatIsNotBatchFirstIsTurnedRound()
    {
        using var model = new Tagger();
        var tokens = tensor(
            new long[,]
            {
                { 1, 2, 3 },
                { 4, 5, 6 },
            }
        );
        using var set = ActivationExtractor.Extract(
            model,
            ["lstm"],
            [new ActivationBatch(tokens)],
            new ExtractionOptions { SequenceFirst = true }
        );
        (var states, _, _) = model.Run(tokens);
        Assert.That(set["lstm"].allclose(states.transpose(0, 1).reshape(6, 4)));
    }

    [Test]
    public void ShardsAreReadWhenAskedFor()
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"shards-{Guid.NewGuid():N}");
        using var model = nn.Sequential(("a", nn.Linear(3, 4)), ("b", nn.Linear(4, 2)));
        ActivationBatch[] batches =
        [
            new(randn(2, 3)) { Labels = [0, 1], Tokens = ["x", "y"] },
            new(randn(3, 3)) { Labels = [1, 1, 0], Tokens = ["z", "u", "v"] },
        ];
        var seen = new List<ExtractionProgress>();
        try
        {
            using var set = ActivationExtractor.Extract(model, ["a", "b"], batches);
            ActivationExtractor
                .ExtractTo(folder, model, ["a", "b"], batches, progress: new Collect<ExtractionProgress>(seen))
                .Dispose();
            using var shards = ActivationShards.Open(folder);
            Assert.That((shards.Rows, shards.Count), Is.EqualTo((5, 2)));
            Assert.That(shards.Read("b").eq(set["b"]).all().ToBoolean());
            Assert.That(shards.ReadShard("a", 1).shape, Is.EqualTo(new long[] { 3, 4 }));
            Assert.That(shards.Tokens, Is.EqualTo(set.Tokens));
            Assert.That(seen[^1], Is.EqualTo(new ExtractionProgress(2, 5)));
            Assert.Throws<IOException>(() => ActivationExtractor.ExtractTo(folder, model, ["a"], batches));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void TheModelIsLeftAsItWas()
    {
        using var model = nn.Sequential(("a", nn.Linear(3, 4)), ("drop", nn.Dropout(0.9)));
        model.train();
        var x = randn(2, 3);
        using var set = ActivationExtractor.Extract(model, ["drop"], [new ActivationBatch(x)]);
        Assert.That(
            set["drop"].allclose(model.children().First() is Linear linear ? linear.call(x) : x),
            "dropout was off"
        );
        Assert.That(model.training);
    }

    [Test]
    public void AnUnknownLayerIsNamedWithThoseThereAre()
    {
        using var model = nn.Sequential(("first", nn.Linear(3, 4)));
        Assert.That(
            Assert
                .Throws<ArgumentException>(() =>
                    ActivationExtractor.Extract(model, ["fist"], [new ActivationBatch(randn(1, 3))])
                )!
                .Message,
            Does.Contain("'fist'").And.Contain("'first'")
        );
    }

    [Test]
    public void EmptyBatchesAndEmptyDataSetsAreErrors()
    {
        using var model = nn.Sequential(("a", nn.Linear(3, 4)));
        Assert.That(
            Assert.Throws<ArgumentException>(() => ActivationExtractor.Extract(model, ["a"], []))!.Message,
            Does.Contain("no batches")
        );
        Assert.That(
            Assert
                .Throws<ArgumentException>(() =>
                    ActivationExtractor.Extract(model, ["a"], [new ActivationBatch(zeros(0, 3))])
                )!
                .Message,
            Does.Contain("Batch 0 is empty")
        );
    }

    [Test]
    public void LabelsMustBeAsManyAsRows()
    {
        using var model = nn.Sequential(("a", nn.Linear(3, 4)));
        Assert.That(
            Assert
                .Throws<ArgumentException>(() =>
                    ActivationExtractor.Extract(model, ["a"], [new ActivationBatch(randn(2, 3)) { Labels = [1] }])
                )!
                .Message,
            Does.Contain("2 rows and 1 labels")
        );
    }

    private sealed class Tagger : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "embedding")]
        private readonly Embedding _embedding = nn.Embedding(10, 3);

        [ComponentName(Name = "lstm")]
        private readonly LSTM _lstm = nn.LSTM(3, 4);

        public Tagger()
            : base(nameof(Tagger)) => RegisterComponents();

        public (Tensor, Tensor, Tensor) Run(Tensor tokens) => _lstm.call(_embedding.call(tokens.t()));

        public override Tensor forward(Tensor tokens) => Run(tokens).Item1;

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _embedding.Dispose();
                _lstm.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
