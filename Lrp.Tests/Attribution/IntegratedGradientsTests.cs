using Lrp.Attribution.Gradients;
using TorchSharp;
using static Lrp.Tests.Attribution.Models;
using static TorchSharp.torch;

namespace Lrp.Tests.Attribution;

/// <summary>Integrated gradients and what its sum misses.</summary>
[TestFixture]
public sealed class IntegratedGradientsTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin() => _scope = NewDisposeScope();

    [TearDown]
    public void End() => _scope.Dispose();

    [TestCaseSource(nameof(Rules))]
    public void ALinearModelIsExactWithAnyQuadrature(QuadratureRule rule)
    {
        using var model = Linear(
            new double[,]
            {
                { 1, 2, 3 },
            }
        );
        using var attribution = new IntegratedGradients
        {
            Quadrature = rule,
            Steps = 3,
            ChunkSize = 4,
        }.Attribute(model, Inputs([1, 0, 2], [3, 1, 0]), 0);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1, 0, 6, 3, 2, 0 }).Within(1e-12));
            Assert.That(attribution.CompletenessErrors, Is.All.EqualTo(0).Within(1e-12));
        }
    }

    [Test]
    public void ASquareIsSharedOutExactlyByTheMidpointRule()
    {
        using var model = Of(x => x.square().sum(1, keepdim: true));
        using var attribution = new IntegratedGradients { Steps = 1 }.Attribute(model, Inputs([1, 2, 3]), 0);
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1, 4, 9 }).Within(1e-12));
    }

    [Test]
    public void TheCompletenessErrorIsWhatTheSumMisses()
    {
        // Along x from 0 to 1 the gradient of x² is 2α; its left sum with n points is 1 - 1/n.
        using var model = Of(x => x.square().sum(1, keepdim: true));
        using var attribution = new IntegratedGradients { Quadrature = QuadratureRule.Left, Steps = 4 }.Attribute(
            model,
            Inputs([1, 0], [2, 0]),
            0
        );
        Assert.That(attribution.CompletenessErrors, Is.EqualTo(new[] { -0.25, -1 }).Within(1e-12));
    }

    [Test]
    public void ItStartsAtTheBaseline()
    {
        using var model = Of(x => x.square().sum(1, keepdim: true));
        using var attribution = new IntegratedGradients { Baseline = tensor(new double[] { 1, -1 }) }.Attribute(
            model,
            Inputs([2, 1], [3, 0]),
            0
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 3, 0, 8, -1 }).Within(1e-12));
            Assert.That(attribution.Sums[1], Is.EqualTo(9 - 2).Within(1e-12));
        }
    }

    [Test]
    public void FewGaussPointsDoBetterOnASmoothModelThanManyLeftPoints()
    {
        using var model = Of(x => x.exp().sum(1, keepdim: true));
        var input = Inputs([2, 1, 0.5]);
        using var gauss = new IntegratedGradients { Quadrature = QuadratureRule.GaussLegendre, Steps = 6 }.Attribute(
            model,
            input,
            0
        );
        using var left = new IntegratedGradients { Quadrature = QuadratureRule.Left, Steps = 200 }.Attribute(
            model,
            input,
            0
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Math.Abs(gauss.CompletenessErrors![0]), Is.LessThan(1e-9));
            Assert.That(Math.Abs(left.CompletenessErrors![0]), Is.GreaterThan(1e-3));
        }
    }

    [Test]
    public void TheClassThatIsPredictedAtTheInputIsAskedAboutAllTheWay()
    {
        // At the input class 1 wins, near the baseline class 0 does.
        using var model = Of(x => cat([x.mul(0) + 0.5, x], 1));
        using var attribution = new IntegratedGradients { Steps = 10 }.Attribute(model, Inputs([1]));
        Assert.That(Values(attribution.Relevance), Is.EqualTo(new double[] { 1 }).Within(1e-12));
    }

    [Test]
    public void PointsInChunksGiveWhatTheyGiveAtOnce()
    {
        using var model = Relu();
        var input = randn([5, 6], dtype: ScalarType.Float64);
        using var once = new IntegratedGradients { Steps = 11, ChunkSize = 1_000 }.Attribute(model, input);
        using var chunks = new IntegratedGradients { Steps = 11, ChunkSize = 3 }.Attribute(model, input);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Values(chunks.Relevance), Is.EqualTo(Values(once.Relevance)).Within(1e-12));
            Assert.That(chunks.CompletenessErrors, Is.EqualTo(once.CompletenessErrors).Within(1e-12));
        }
    }

    [Test]
    public void ABaselineOfAnotherShapeIsRefusedWithBothShapes()
    {
        using var model = Relu();
        var method = new IntegratedGradients { Baseline = zeros(5) };
        Assert.That(
            () => method.Attribute(model, zeros([2, 6], dtype: ScalarType.Float64)),
            Throws.ArgumentException.With.Message.Contains("[5]").And.Message.Contains("[6]")
        );
    }

    private static IEnumerable<QuadratureRule> Rules() => Enum.GetValues<QuadratureRule>();
}
