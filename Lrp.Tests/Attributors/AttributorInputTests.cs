using Lrp.Composites.Attributors;
using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Attributors.Models;
using static TorchSharp.torch;
using Gradient = Lrp.Composites.Attributors.Gradient;

namespace Lrp.Tests.Attributors;

/// <summary>What cannot be explained is refused before it is tried, with the remedy; progress and cancellation.</summary>
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
    public void A_single_sample_without_a_batch_is_told_to_become_one() =>
        Assert.That(() => Explain(Relu(), ones(6)), Throws.ArgumentException.With.Message.Contains("[6]").And.Message.Contains("unsqueeze(0)"));

    [Test]
    public void Whole_numbers_have_no_gradient() =>
        Assert.That(() => Explain(Relu(), ones([1, 6], dtype: ScalarType.Int64)), Throws.ArgumentException.With.Message.Contains("Int64"));

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void A_sample_that_is_not_finite_is_named(double value) =>
        Assert.That(() => Explain(Linear(new double[,] { { 1, 1 } }), Inputs([1, 1], [1, value])), Throws.ArgumentException.With.Message.Contains("Sample 1"));

    [Test]
    public void Dropout_in_training_mode_is_named()
    {
        using Sequential model = nn.Sequential(("fc", Linear(new double[,] { { 1, 1 } })), ("drop", nn.Dropout(0.5)));
        model.train();
        Assert.That(() => Explain(model, Inputs([1, 1])), Throws.InvalidOperationException.With.Message.Contains("'drop' (Dropout)").And.Message.Contains("eval()"));
    }

    [Test]
    public void A_model_whose_output_does_not_depend_on_its_input_is_named_as_such() =>
        Assert.That(() => Explain(Of(x => x.detach() * 2), Inputs([1, 1])), Throws.InvalidOperationException.With.Message.Contains("does not depend on its input"));

    [Test]
    public void A_model_that_mixes_samples_up_is_refused_with_the_shape() =>
        Assert.That(() => Explain(Of(x => x.sum(dim: 0)), Inputs([1, 1], [2, 2], [3, 3])), Throws.InvalidOperationException.With.Message.Contains("3 samples into an output of shape [2]"));

    [Test]
    public void A_class_of_an_output_that_has_no_classes_is_refused_with_the_remedy() =>
        Assert.That(() => Explain(Of(x => x.unsqueeze(2)), Inputs([1, 1])), Throws.ArgumentException.With.Message.Contains("[1, 2, 1]").And.Message.Contains("Target.Weights"));

    [TestCaseSource(nameof(Methods))]
    public void Progress_ends_at_all(IAttributor method)
    {
        var reports = new List<AttributionProgress>();
        using Sequential model = Relu();
        using Attribution attribution = method.Attribute(model, randn([5, 6], dtype: ScalarType.Float64), progress: new Reports(reports));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reports[^1].Share, Is.EqualTo(1));
            Assert.That(reports.Select(report => report.Done), Is.Ordered.Ascending);
            Assert.That(reports.Select(report => report.Total).Distinct().Count(), Is.EqualTo(1));
        }
    }

    [TestCaseSource(nameof(Methods))]
    public void Half_and_double_precision_come_out_as_they_went_in(IAttributor method)
    {
        using Sequential model = Relu().to(ScalarType.BFloat16);
        using Attribution attribution = method.Attribute(model, randn([2, 6], dtype: ScalarType.BFloat16));
        Assert.That(attribution.Relevance.dtype, Is.EqualTo(ScalarType.BFloat16));
    }

    [TestCaseSource(nameof(Methods))]
    public void A_cancelled_attribution_stops(IAttributor method)
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        using Sequential model = Relu();
        Assert.That(
            () => method.Attribute(model, randn([5, 6], dtype: ScalarType.Float64), cancellationToken: source.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private static IEnumerable<IAttributor> Methods() =>
    [
        new Gradient { ChunkSize = 2 },
        new InputXGradient { ChunkSize = 2 },
        new SmoothGrad { ChunkSize = 4, Copies = 3 },
        new IntegratedGradients { ChunkSize = 4, Steps = 5 },
        new Occlusion { ChunkSize = 4, Window = [2] },
    ];

    private static void Explain(nn.Module<Tensor, Tensor> model, Tensor input)
    {
        using (model)
        {
            Method.Attribute(model, input).Dispose();
        }
    }

    private sealed class Reports(List<AttributionProgress> reports) : IProgress<AttributionProgress>
    {
        public void Report(AttributionProgress value) => reports.Add(value);
    }
}
