using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

[TestFixture]
public sealed class ConservationTests
{
    private static Composite Lrp0Everywhere =>
        new()
        {
            { typeof(ReLU), new Pass() },
            { typeof(Convolution), new Lrp0() },
            { typeof(Linear), new Lrp0() },
        };

    [Test]
    public void WithoutBiasesTheInputsRelevanceSumsToTheExplainedLogit()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: false);
        var input = Networks.Images(1).requires_grad_();
        using var registration = Lrp0Everywhere.Register(model);

        var logits = model.call(input);
        var target = logits.argmax(1).ToInt64();
        logits[0, target].backward();

        var logit = logits[0, target].ToDouble();
        Assert.That(input.grad!.sum().ToDouble(), Is.EqualTo(logit).Within(1e-9 * Math.Abs(logit)));
    }

    [Test]
    public void TheDifferenceOfTwoLogitsIsSharedOutAsADifference()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: false);
        var input = Networks.Images(1).requires_grad_();
        using var registration = Lrp0Everywhere.Register(model);

        var logits = model.call(input);
        var difference = logits[0, 1] - logits[0, 2];
        difference.backward();

        Assert.That(input.grad!.sum().ToDouble(), Is.EqualTo(difference.ToDouble()).Within(1e-9));
    }

    [Test]
    public void RelevanceThatIsHandedOverIsTakenAsItIsWhenAskedFor()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: false);
        var input = Networks.Images(1).requires_grad_();
        using var registration = Lrp0Everywhere.Register(model, start: RelevanceStart.Gradient);

        var logits = model.call(input);
        logits.backward([
            tensor(
                new double[,]
                {
                    { 0, 5, 0 },
                }
            ),
        ]);

        Assert.That(input.grad!.sum().ToDouble(), Is.EqualTo(5).Within(1e-9));
    }

    [Test]
    public void WithBiasesTheReportNamesTheLayersWhereRelevanceWentAndTheSumsClose()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        var input = Networks.Images(2).requires_grad_();
        using var registration = Lrp0Everywhere.Register(model, start: RelevanceStart.Gradient);

        var logits = model.call(input);
        var start = logits.detach().OneHot(1);
        logits.backward([start]);
        var report = registration.Conservation();

        var output = start.sum().ToDouble();
        Assert.Multiple(() =>
        {
            Assert.That(report.ModelOutput, Is.EqualTo(output).Within(1e-9));
            Assert.That(report.ModelInput, Is.EqualTo(input.grad!.sum().ToDouble()).Within(1e-9));
            Assert.That(
                report.ModelInput + report.Layers.Sum(layer => layer.Lost) + report.LostElsewhere,
                Is.EqualTo(output).Within(1e-6 * Math.Abs(output))
            );
            Assert.That(report.LostElsewhere, Is.EqualTo(0).Within(1e-6), "max pooling hands everything on");
            Assert.That(
                report.Layers.Where(layer => Math.Abs(layer.Lost) > 1e-6).Select(layer => layer.Name),
                Is.EqualTo(new[] { "conv1", "conv2", "fc1", "fc2" }),
                "only biases keep relevance"
            );
            Assert.That(report.ToString(), Does.Contain("conv2").And.Contain("Lrp0"));
        });
    }

    [Test]
    public void EachBackwardPassHasAReportOfItsOwn()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        using var registration = Lrp0Everywhere.Register(model);

        Networks.Explain(model, Networks.Images(1));
        var first = registration.Conservation().ToString();
        Networks.Explain(model, Networks.Images(1).mul(2));
        Networks.Explain(model, Networks.Images(1));

        Assert.That(registration.Conservation().ToString(), Is.EqualTo(first));
    }

    [Test]
    public void AModelThatIsItselfTheOnlyLayerHasAReport()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(4, 2).to(ScalarType.Float64);
        var input = randn([3, 4], ScalarType.Float64).requires_grad_();
        using var registration = new Composite { { typeof(Linear), new Epsilon() } }.Register(layer);

        var output = layer.call(input);
        var total = output.sum();
        total.backward();

        Assert.That(registration.Conservation().ModelOutput, Is.EqualTo(total.ToDouble()).Within(1e-9));
    }

    [Test]
    public void ThereIsNoReportBeforeABackwardPass()
    {
        using var model = Networks.Convolutional(bias: true);
        using var registration = Lrp0Everywhere.Register(model);

        Assert.That(registration.Conservation, Throws.InvalidOperationException.With.Message.Contains("backward()"));
    }
}
