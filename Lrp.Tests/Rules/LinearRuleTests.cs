using Lrp.Composites;
using Lrp.Core;
using Lrp.Core.Linear;
using Lrp.Rules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Rules;

/// <summary>The engine's short cuts give what the rules' definitions give, on every kind of linear layer.</summary>
[TestFixture]
public sealed class LinearRuleTests
{
    private static readonly Dictionary<string, (Func<nn.Module<Tensor, Tensor>> Create, long[] Shape)> Layers = new()
    {
        ["linear"] = (() => nn.Linear(6, 4), [3, 6]),
        ["linear of sequences"] = (() => nn.Linear(6, 4), [2, 3, 6]),
        ["linear without bias"] = (() => nn.Linear(6, 4, hasBias: false), [3, 6]),
        ["linear of one sample"] = (() => nn.Linear(6, 4), [6]),
        ["conv1d"] = (() => nn.Conv1d(4, 6, 3, stride: 2, padding: 1, groups: 2), [2, 4, 9]),
        ["conv2d"] = (() => nn.Conv2d(3, 5, 3, padding: 1), [2, 3, 7, 6]),
        ["conv2d of one image"] = (() => nn.Conv2d(3, 5, 3, padding: 1), [3, 7, 6]),
        ["conv2d that strides over a rest"] = (() => nn.Conv2d(2, 3, 3, stride: 3, padding: 1), [2, 2, 9, 11]),
        ["conv2d dilated"] = (() => nn.Conv2d(2, 3, 3, dilation: 2, padding: 3), [2, 2, 8, 8]),
        ["conv2d large enough to be mirrored"] = (() => nn.Conv2d(4, 6, 3, padding: 1, groups: 2), [1, 4, 30, 31]),
        ["conv2d mirrored without padding"] = (() => nn.Conv2d(2, 3, (3L, 5L)), [1, 2, 40, 40]),
        ["conv2d padded beyond its kernel"] = (() => nn.Conv2d(2, 3, 1, padding: 2), [1, 2, 30, 30]),
        ["conv2d padded to the same size"] = (() => nn.Conv2d(2, 3, 4, padding: Padding.Same), [2, 2, 6, 6]),
        ["conv2d padded circularly"] = (
            () => nn.Conv2d(2, 3, 3, padding: 1, padding_mode: PaddingModes.Circular),
            [2, 2, 6, 6]
        ),
        ["conv2d padded circularly to the same number of elements"] = (
            () => nn.Conv2d(2, 3, (2L, 4L), padding: Padding.Same, padding_mode: PaddingModes.Circular),
            [2, 2, 6, 6]
        ),
        ["conv2d padded by reflection"] = (
            () => nn.Conv2d(2, 3, 3, padding: 1, padding_mode: PaddingModes.Reflect),
            [2, 2, 6, 6]
        ),
        ["conv3d"] = (() => nn.Conv3d(2, 3, 2, stride: 2), [1, 2, 4, 5, 4]),
        ["transposed conv1d"] = (() => nn.ConvTranspose1d(4, 6, 3, stride: 2, groups: 2), [2, 4, 5]),
        ["transposed conv2d"] = (
            () => nn.ConvTranspose2d(3, 4, 3, stride: 2, padding: 1, output_padding: 1),
            [2, 3, 4, 5]
        ),
        ["transposed conv2d dilated"] = (
            () => nn.ConvTranspose2d(3, 4, 3, dilation: 2, output_padding: 1),
            [2, 3, 4, 5]
        ),
        ["transposed conv2d with uneven output padding"] = (
            () => nn.ConvTranspose2d(3, 4, (3L, 2L), stride: (2L, 3L), output_padding: (1L, 2L)),
            [2, 3, 4, 5]
        ),
        ["transposed conv3d"] = (() => nn.ConvTranspose3d(2, 3, 2), [1, 2, 3, 3, 3]),
        ["average pooling"] = (() => nn.AvgPool2d(2), [2, 3, 6, 6]),
        ["adaptive pooling"] = (() => nn.AdaptiveAvgPool2d(2), [2, 3, 5, 7]),
    };

    private static readonly LinearRule[] Rules =
    [
        new ZPlus(),
        new ZPlus(excludeBias: true),
        new AlphaBeta(),
        new AlphaBeta(1, 0),
        new Gamma(),
        new Gamma(0.5, excludeBias: true),
        new ZBox(-3, 3),
        new WSquare(),
        new Flat(),
    ];

    private static IEnumerable<TestCaseData> Cases() =>
        from layer in Layers.Keys
        from rule in Rules
        from sign in new[] { "signed", "positive", "negative" }
        select new TestCaseData(layer, rule, sign).SetArgDisplayNames(layer, rule.ToString()!, sign);

    [TestCaseSource(nameof(Cases))]
    public void AgreesWithItsDefinition(string layer, LinearRule rule, string sign)
    {
        using var scope = NewDisposeScope();
        var (create, shape) = Layers[layer];
        nn.Module<Tensor, Tensor> Create()
        {
            manual_seed(5);
            var created = create();
            created.to(ScalarType.Float64);
            return created;
        }

        manual_seed(8);
        var input = randn(shape, ScalarType.Float64);
        input = sign switch
        {
            "positive" => input.abs(),
            "negative" => -input.abs(),
            _ => input,
        };
        using var module = Create();
        using var registration = new Composite { { "", rule } }.Register(module, start: RelevanceStart.Gradient);

        input.requires_grad_();
        var output = module.call(input);
        var start = randn_like(output);
        output.backward([start]);
        registration.ThrowIfFaulted();

        var expected = DefinitionOfLinearRules.Relevance(rule, Create, input.detach(), start);
        var difference = (input.grad! - expected).abs().max().ToDouble();
        Assert.That(difference, Is.LessThanOrEqualTo(1e-9 * Math.Max(1, expected.abs().max().ToDouble())));
    }

    [Test]
    public void ZBoxTakesBoundsAChannel()
    {
        using var scope = NewDisposeScope();
        var low = tensor(new double[] { -1, -2 }).reshape(1, 2, 1, 1);
        var high = tensor(new double[] { 1, 2 }).reshape(1, 2, 1, 1);
        var rule = new ZBox(low, high);
        nn.Module<Tensor, Tensor> Create()
        {
            manual_seed(5);
            return nn.Conv2d(2, 3, 3).to(ScalarType.Float64);
        }

        using var module = Create();
        using var registration = new Composite { { "", rule } }.Register(module, start: RelevanceStart.Gradient);
        var input = randn([3, 2, 6, 6], ScalarType.Float64).requires_grad_();
        var output = module.call(input);
        var start = randn_like(output);
        output.backward([start]);
        registration.ThrowIfFaulted();

        Assert.That(
            input.grad!.allclose(DefinitionOfLinearRules.Relevance(rule, Create, input.detach(), start), 1e-9, 1e-9),
            Is.True
        );
    }

    [Test]
    public void BoundsOfAWrongShapeAreRefused()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Conv2d(2, 3, 3);
        using var registration = new Composite { { "", new ZBox(zeros(1, 5, 1, 1), ones(1, 5, 1, 1)) } }.Register(
            module,
            start: RelevanceStart.Gradient
        );

        module.call(randn([1, 2, 6, 6]).requires_grad_()).sum().backward();

        Assert.That(
            registration.ThrowIfFaulted,
            Throws.InstanceOf<Core.RelevanceException>().With.Message.Contains("broadcast")
        );
    }

    [Test]
    public void ChangedParametersAreNoticed()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Linear(4, 3).to(ScalarType.Float64);
        var input = randn([2, 4], ScalarType.Float64).abs().requires_grad_();
        using var registration = new Composite { { "", new ZPlus() } }.Register(module, start: RelevanceStart.Gradient);
        module.call(input).sum().backward();
        using (no_grad())
        {
            module.weight.mul_(-1);
        }

        input.grad!.zero_();
        module.call(input).sum().backward();
        var relevance = input.grad.clone();
        registration.Dispose();
        using var fresh = new Composite { { "", new ZPlus() } }.Register(module, start: RelevanceStart.Gradient);
        input.grad.zero_();
        module.call(input).sum().backward();

        Assert.That(relevance.allclose(input.grad, 1e-12, 1e-12), Is.True);
    }

    [Test]
    public void AnEmptyBatchHasNoRelevance()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Linear(4, 3);
        using var registration = new Composite { { "", new ZPlus() } }.Register(module);
        var input = zeros(0, 4).requires_grad_();

        module.call(input).sum().backward();
        registration.ThrowIfFaulted();

        Assert.That(input.grad!.shape, Is.EqualTo(new long[] { 0, 4 }));
    }

    [Test]
    public void ParametersThatMoveToAnotherPrecisionAreNoticed()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Linear(4, 3);
        using var registration = new Composite { { "", new ZPlus() } }.Register(module);
        module.call(rand([2, 4]).requires_grad_()).sum().backward();

        module.to(ScalarType.Float64);
        var input = rand([2, 4], ScalarType.Float64).requires_grad_();
        module.call(input).sum().backward();
        registration.ThrowIfFaulted();

        Assert.That(input.grad!.isfinite().all().ToBoolean(), Is.True);
    }

    [Test]
    public void AlphaMinusBetaHasToBeOne() =>
        Assert.That(() => new AlphaBeta(2, 2), Throws.ArgumentException.With.Message.Contains("alpha"));
}
