using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using TorchSharp;
using static Lrp.Tests.Attribution.Models;
using static TorchSharp.torch;
using Gradient = Lrp.Attribution.Gradients.Gradient;

namespace Lrp.Tests.Attribution;

/// <summary>
/// What cannot be explained is refused before it is tried, with the remedy; progress and cancellation.
/// </summary>
[TestFixture]
public sealed class AttributorInputTests
{
    private static readonly Gradient Method = new();

    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin() => _scope = NewDisposeScope();

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void ASingleSampleWithoutABatchIsToldToBecomeOne() =>
        Assert.That(
            () => Explain(Relu(), ones(6)),
            Throws.ArgumentException.With.Message.Contains("[6]").And.Message.Contains("unsqueeze(0)")
        );

    [Test]
    public void WholeNumbersHaveNoGradient() =>
        Assert.That(
            () => Explain(Relu(), ones([1, 6], dtype: ScalarType.Int64)),
            Throws.ArgumentException.With.Message.Contains("Int64")
        );

    [Test]
    public void InInferenceModeThereIsNoGradient()
    {
        using var mode = inference_mode();
        Assert.That(
            () => Explain(Relu(), ones(1, 6)),
            Throws.InvalidOperationException.With.Message.Contains("torch.no_grad()")
        );
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void ASampleThatIsNotFiniteIsNamed(double value) =>
        Assert.That(
            () =>
                Explain(
                    Linear(
                        new double[,]
                        {
                            { 1, 1 },
                        }
                    ),
                    Inputs([1, 1], [1, value])
                ),
            Throws.ArgumentException.With.Message.Contains("Sample 1")
        );

    [Test]
    public void DropoutInTrainingModeIsNamed()
    {
        using var model = nn.Sequential(
            (
                "fc",
                Linear(
                    new double[,]
                    {
                        { 1, 1 },
                    }
                )
            ),
            ("drop", nn.Dropout(0.5))
        );
        model.train();
        Assert.That(
            () => Explain(model, Inputs([1, 1])),
            Throws.InvalidOperationException.With.Message.Contains("'drop' (Dropout)").And.Message.Contains("eval()")
        );
    }

    [Test]
    public void AModelWhoseOutputDoesNotDependOnItsInputIsNamedAsSuch() =>
        Assert.That(
            () => Explain(Of(x => x.detach() * 2), Inputs([1, 1])),
            Throws.InvalidOperationException.With.Message.Contains("does not depend on its input")
        );

    [Test]
    public void AModelThatMixesSamplesUpIsRefusedWithTheShape() =>
        Assert.That(
            () => Explain(Of(x => x.sum(dim: 0)), Inputs([1, 1], [2, 2], [3, 3])),
            Throws.InvalidOperationException.With.Message.Contains("3 samples into an output of shape [2]")
        );

    [Test]
    public void AClassOfAnOutputThatHasNoClassesIsRefusedWithTheRemedy() =>
        Assert.That(
            () => Explain(Of(x => x.unsqueeze(2)), Inputs([1, 1]), 0),
            Throws.ArgumentException.With.Message.Contains("[1, 2, 1]").And.Message.Contains("Target.Weights")
        );

    [TestCaseSource(nameof(Methods))]
    public void ProgressEndsAtAll(IAttributor method)
    {
        var reports = new List<AttributionProgress>();
        using var model = Relu();
        using var attribution = method.Attribute(
            model,
            randn([5, 6], dtype: ScalarType.Float64),
            progress: new Reports(reports)
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reports[^1].Fraction, Is.EqualTo(1));
            Assert.That(reports.Select(report => report.Done), Is.Ordered.Ascending);
            Assert.That(reports.Select(report => report.Total).Distinct().Count(), Is.EqualTo(1));
        }
    }

    [TestCaseSource(nameof(Methods))]
    public void HalfAndDoublePrecisionComeOutAsTheyWentIn(IAttributor method)
    {
        using var model = Relu().to(ScalarType.BFloat16);
        using var attribution = method.Attribute(model, randn([2, 6], dtype: ScalarType.BFloat16));
        Assert.That(attribution.Relevance.dtype, Is.EqualTo(ScalarType.BFloat16));
    }

    [TestCaseSource(nameof(Methods))]
    public void ACancelledAttributionStops(IAttributor method)
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        using var model = Relu();
        Assert.That(
            () => method.Attribute(model, randn([5, 6], dtype: ScalarType.Float64), cancellationToken: source.Token),
            Throws.InstanceOf<OperationCanceledException>()
        );
    }

    private static IEnumerable<IAttributor> Methods() =>
        [
            new Gradient { ChunkSize = 2 },
            new InputXGradient { ChunkSize = 2 },
            new SmoothGrad { ChunkSize = 4, Copies = 3 },
            new IntegratedGradients { ChunkSize = 4, Steps = 5 },
            new Occlusion { ChunkSize = 4, Window = [2] },
        ];

    private static void Explain(nn.Module<Tensor, Tensor> model, Tensor input, Target? target = null)
    {
        using (model)
        {
            Method.Attribute(model, input, target).Dispose();
        }
    }

    private sealed class Reports(List<AttributionProgress> reports) : IProgress<AttributionProgress>
    {
        public void Report(AttributionProgress value) => reports.Add(value);
    }
}
