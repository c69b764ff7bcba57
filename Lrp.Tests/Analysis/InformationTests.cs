using Lrp.Analysis.Information;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Analysis;

[TestFixture]
public sealed class InformationTests
{
    private static readonly double[] Weights = [0.2, 1, 5];

    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    /// <summary>Φ(x) = Σ wᵢxᵢ, whose optimum has a formula where σ stays below the scale.</summary>
    private static HiddenState WeightedSum => HiddenState.OfBatch(x => (x * tensor(Weights).unsqueeze(1)).sum(1));

    [Test]
    public void SigmaOfALinearStateIsThatOfTheFormula()
    {
        // Minimum of Σ w²σ² − rate/n·Σ log σ: σ = √(rate/(2n))/w, in units of the regularization.
        var options = new InformationOptions
        {
            Scale = 1,
            Rate = 0.1,
            Iterations = 2000,
            LearningRate = 0.05,
            NoiseSamples = 64,
            Averaging = 300,
        };
        using var information = new SentenceInformation(
            zeros(3, 8, dtype: ScalarType.Float64),
            WeightedSum,
            ones(8, dtype: ScalarType.Float64),
            options
        );
        information.Optimize();
        double[] expected = [.. Weights.Select(weight => Math.Sqrt(0.1 / 6) / weight)];
        Assert.That(
            information.Sigma().Zip(expected, (found, formula) => found / formula),
            Is.All.EqualTo(1).Within(0.05)
        );
    }

    [Test]
    public void AWordThatTheStateIgnoresGetsTheLargestSigma()
    {
        var first = HiddenState.OfBatch(x => x.select(1, 0));
        using var information = new SentenceInformation(
            randn(3, 4),
            first,
            ones(4),
            new InformationOptions { Iterations = 400, LearningRate = 0.1 }
        );
        information.Optimize();
        var sigma = information.Sigma();
        Assert.That(sigma[0], Is.LessThan(sigma[1] / 2).And.LessThan(sigma[2] / 2));
    }

    [Test]
    public void OneSentenceAtATimeAndBatchesGiveTheSameLoss()
    {
        var x = randn(3, 4, dtype: ScalarType.Float64);
        var ratio = randn(3, 1, dtype: ScalarType.Float64);
        var noise = randn(5, 3, 4, dtype: ScalarType.Float64);
        using var batched = new SentenceInformation(x, WeightedSum);
        using var single = new SentenceInformation(
            x,
            HiddenState.OfSentence(one => (one * tensor(Weights).unsqueeze(1)).sum(0L))
        );
        Assert.That(
            single.Loss(ratio, noise).ToDouble(),
            Is.EqualTo(batched.Loss(ratio, noise).ToDouble()).Within(1e-12)
        );
    }

    [Test]
    public void WithoutARegularizationTheStateMeasuresItself()
    {
        var x = randn(3, 4, dtype: ScalarType.Float64);
        var ratio = zeros(3, 1, dtype: ScalarType.Float64);
        var noise = randn(3, 4, dtype: ScalarType.Float64);
        using var information = new SentenceInformation(x, WeightedSum);
        var state = WeightedSum.States(x.unsqueeze(0));
        var noisy = WeightedSum.States((x + (noise * 0.25)).unsqueeze(0));
        var expected = ((noisy - state).square().mean() / state.square().mean()).ToDouble() - (0.1 * Math.Log(0.5));
        Assert.That(information.Loss(ratio, noise).ToDouble(), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void SentencesOfDifferentLengthAreOptimizedAtOnceAsIfAlone()
    {
        var mean = HiddenState.OfBatch(x => x.sum(1));
        var options = new InformationOptions
        {
            Scale = 1,
            Iterations = 1500,
            LearningRate = 0.05,
            NoiseSamples = 64,
            Averaging = 300,
        };
        using var both = new SentenceInformation([randn(2, 8), randn(5, 8)], mean, ones(8), options);
        both.Optimize();
        var sigmas = both.Sigmas();
        Assert.That(sigmas.Select(row => row.Length), Is.EqualTo(new[] { 2, 5 }));
        Assert.That(sigmas[0], Is.All.EqualTo(Math.Sqrt(0.1 / 4)).Within(0.02));
        Assert.That(sigmas[1], Is.All.EqualTo(Math.Sqrt(0.1 / 10)).Within(0.02));
    }

    [Test]
    public void TheSingleSampleScheduleRunsAndIsReproducible()
    {
        double[] Run()
        {
            using var information = new SentenceInformation(
                zeros(3, 4),
                HiddenState.OfBatch(x => x.sum(1)),
                ones(4),
                InformationOptions.SingleSample with
                {
                    Iterations = 50,
                }
            );
            information.Optimize();
            return information.Sigma();
        }

        double[] first = Run(),
            second = Run();
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void ProgressIsReportedAndASearchCanBeCancelled()
    {
        var seen = new List<InformationProgress>();
        using var information = new SentenceInformation(
            zeros(2, 3),
            HiddenState.OfBatch(x => x.sum(1)),
            ones(3),
            new InformationOptions { Iterations = 30, ReportEvery = 10 }
        );
        information.Optimize(new Collect<InformationProgress>(seen));
        Assert.That(seen.Select(entry => entry.Step), Is.EqualTo(new[] { 10, 20, 30 }));
        information.Optimize(cancellation: new CancellationToken(canceled: true));
    }

    [Test]
    public void RegularizationIsTheDeviationOfThePopulation()
    {
        Tensor[] sentences =
        [
            tensor(
                new float[,]
                {
                    { 1, 0 },
                }
            ),
            tensor(
                new float[,]
                {
                    { 3, 0 },
                    { 3, 4 },
                }
            ),
        ];
        var found = StateRegularization.Calculate(sentences, HiddenState.OfBatch(x => x), reducedAxes: [0]);
        Assert.That(found.shape, Is.EqualTo(new long[] { 1, 2 }));
        Assert.That(found.flatten().data<double>().ToArray(), Is.EqualTo(new double[] { 1, 1 }));
    }

    [Test]
    public void StatesOfDifferentShapeAskForTheAxisThatVaries() =>
        Assert.That(
            Assert
                .Throws<ArgumentException>(() =>
                    StateRegularization.Calculate([zeros(1, 2), zeros(2, 2)], HiddenState.OfBatch(x => x))
                )!
                .Message,
            Does.Contain("reducedAxes")
        );

    [Test]
    public void ARegularizationOfZeroIsRefused() =>
        Assert.That(
            Assert
                .Throws<ArgumentException>(() => new SentenceInformation(zeros(2, 3), WeightedSum, zeros(3)))!
                .Message,
            Does.Contain("zero in places")
        );

    [Test]
    public void AStateWithoutTheSentencesFirstIsRefused() =>
        Assert.Throws<InvalidOperationException>(() => HiddenState.OfBatch(x => x.sum([0, 1])).States(zeros(2, 3, 4)));

    [Test]
    public void ALayerOfAModelIsAState()
    {
        using var model = nn.Sequential(
            ("embedding", nn.Embedding(10, 4)),
            ("first", nn.Linear(4, 4)),
            ("tanh", nn.Tanh()),
            ("last", nn.Linear(4, 2))
        );
        var tokens = tensor(
            new long[,]
            {
                { 1, 2, 3 },
            }
        );
        using (var layer = new LayerState(model, "embedding", "tanh", tokens))
        {
            var embeddings = layer.Embeddings();
            var three = cat([embeddings, embeddings * 2, embeddings * 3]).requires_grad_();
            var states = layer.State.States(three);
            var expected = model[2] is Tanh ? ((Linear)model[1]).call(three).tanh() : states;
            Assert.That(states.allclose(expected));
            states.sum().backward();
            Assert.That(three.grad!.abs().sum().ToDouble(), Is.GreaterThan(0));
            using var information = new SentenceInformation(
                embeddings[0],
                layer.State,
                options: new InformationOptions { Iterations = 20 }
            );
            information.Optimize();
            Assert.That(information.Sigma(), Has.Length.EqualTo(3));
        }

        Assert.That(model.call(tokens).shape, Is.EqualTo(new long[] { 1, 3, 2 }));
    }

    [Test]
    public void PicturesShowEveryWord()
    {
        var picture = new InformationPicture(
            ["a", "<b>"],
            [("layer 1", new[] { 0.1, 0.2 }), ("2", new[] { 0.3, 0.4 })]
        );
        Assert.That(picture.ToHtml(), Does.Contain("&lt;b&gt;").And.Contain("layer 1"));
        Assert.That(picture.ToAnsi().Split('\n'), Has.Length.EqualTo(2));
        Assert.That(picture.ToPicture().Height, Is.EqualTo(2 * 18));
        Assert.That(picture.ToPicture().ToPng().AsSpan(1, 3).ToArray(), Is.EqualTo("PNG"u8.ToArray()));
    }

    [Test]
    public void MethodsAreComparedByRank()
    {
        var comparison = new MethodComparison(["not", "a", "bad", "film"])
            .Add("LRP", [-1, 0, 3, 1])
            .Add("decomposition", [-2, 0.1, 9, 2])
            .AddInformation("information", [0.2, 0.5, 0.1, 0.3]);
        var found = comparison.Correlations();
        Assert.That(found[0, 1], Is.EqualTo(1).Within(1e-12));
        Assert.That(found[0, 2], Is.EqualTo(0.4).Within(1e-12));
        Assert.That(comparison.Table().Rows, Has.Count.EqualTo(3));
        Assert.That(comparison.ToHtml(), Does.Contain("LRP").And.Contain("bad"));
        Assert.That(comparison.ToAnsi().Split('\n'), Has.Length.EqualTo(3));
    }

    [Test]
    public void ThePageNamesBothCorrelationsForWhatTheyAre()
    {
        // In the opposite order, but of the same strength.
        var comparison = new MethodComparison(["a", "b", "c"]).Add("LRP", [1, 2, 3]).Add("negated", [-1, -2, -3]);
        var page = comparison.ToHtml();
        Assert.Multiple(() =>
        {
            Assert.That(comparison.Table().Rows[0], Is.EqualTo(new[] { "LRP", "1.00", "-1.00" }));
            Assert.That(comparison.TableOfStrength().Rows[0], Is.EqualTo(new[] { "LRP", "1.00", "1.00" }));
            Assert.That(page, Does.Contain("ρ of relevance").Or.Contain("&#961; of relevance"));
            Assert.That(page, Does.Contain("ρ of absolute relevance").Or.Contain("&#961; of absolute relevance"));
            Assert.That(page, Does.Not.Contain("rank correlation"));
        });
    }

    [Test]
    public void AMethodThatGivesAllWordsTheSameAgreesWithNone()
    {
        var found = new MethodComparison(["a", "b", "c"])
            .Add("same", [0.1, 0.1, 0.1])
            .Add("LRP", [1, 2, 3])
            .Correlations();
        Assert.That((found[0, 0], found[0, 1], found[1, 1]), Is.EqualTo((1.0, double.NaN, 1.0)));
        Assert.That(new MethodComparison(["a", "b"]).Correlations(), Is.Empty);
    }

    [Test]
    public void ACorrelationThatRoundsToZeroHasNoSign()
    {
        // Of 200 words the 11th and the 189th, half a word before the middle on average: ρ is -0.0009.
        var comparison = new MethodComparison([.. Enumerable.Repeat("word", 200)])
            .Add("rising", [.. Enumerable.Range(0, 200).Select(index => (double)index)])
            .Add("two", [.. Enumerable.Range(0, 200).Select(index => index is 10 or 188 ? 1.0 : 0)]);
        Assert.That(comparison.Correlations()[0, 1], Is.Negative);
        Assert.That(comparison.Table().Rows[0], Is.EqualTo(new[] { "rising", "1.00", "0.00" }));
    }
}
