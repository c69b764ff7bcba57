using Lrp.Composites;
using Lrp.Rules;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

[TestFixture]
public sealed class RegistrationTests
{
    private static Composite Plain => new() { { typeof(Convolution), new ZPlus() }, { typeof(Linear), new Epsilon() } };

    [Test]
    public void ASecondRegistrationOfTheSameModelFails()
    {
        using var model = Networks.Convolutional(bias: true);
        using var registration = Plain.Register(model);

        Assert.That(
            () => Plain.Register(model),
            Throws.InvalidOperationException.With.Message.Contains("Dispose the first")
        );
    }

    [Test]
    public void ARegistrationOfAPartOfARegisteredModelFailsAndNamesIt()
    {
        using var model = Networks.Convolutional(bias: true);
        using var registration = Plain.Register(model);

        Assert.That(
            () => Plain.Register((nn.Module)model[0]),
            Throws.InvalidOperationException.With.Message.Contains("Conv2d")
        );
    }

    [Test]
    public void AfterDisposeAModelCanBeRegisteredAgain()
    {
        using var model = Networks.Convolutional(bias: true);
        Plain.Register(model).Dispose();

        Assert.That(() => Plain.Register(model).Dispose(), Throws.Nothing);
    }

    [Test]
    public void AnUnknownNameFailsAndTellsTheClosest()
    {
        using var model = Networks.Convolutional(bias: true);
        var composite = new Composite { { "conv3", new ZPlus() } };

        Assert.That(
            () => composite.Register(model),
            Throws.ArgumentException.With.Message.Contains("'conv3'").And.Message.Contains("'conv1'")
        );
    }

    [Test]
    public void ARuleThatIsNotDefinedForAModuleFailsAndNamesBoth()
    {
        using var model = Networks.Convolutional(bias: true);
        var composite = new Composite { { "relu2", new ZPlus() } };

        Assert.That(
            () => composite.Register(model),
            Throws.ArgumentException.With.Message.Contains("ZPlus").And.Message.Contains("'relu2' (ReLU)")
        );
    }

    [Test]
    public void AfterAFailedRegistrationTheModelIsFree()
    {
        using var model = Networks.Convolutional(bias: true);
        Assert.That(() => new Composite { { "relu2", new ZPlus() } }.Register(model), Throws.ArgumentException);

        Assert.That(() => Plain.Register(model).Dispose(), Throws.Nothing);
    }

    [Test]
    public void AModuleThatIsCalledThroughForwardAndHasNoWeightIsReported()
    {
        using var scope = NewDisposeScope();
        using var model = new ForwardCaller();
        var logger = new CollectingLogger();
        using var registration = new Composite
        {
            { typeof(Linear), new Epsilon() },
            { typeof(Tanh), new Pass() },
        }.Register(model, logger);

        model.call(randn([1, 4]).requires_grad_());

        Assert.Multiple(() =>
        {
            Assert.That(logger.Warnings, Has.Some.Contains("'tanh' (Tanh)").And.Contains("call()"));
            Assert.That(logger.Warnings, Has.None.Contains("'first'").Or.Contains("'second'"));
            Assert.That(registration.Describe(), Does.Contain("not called"));
        });
    }

    [Test]
    public void ConservationTellsThatNothingWasCalled()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(4, 2);
        using var registration = new Composite { { typeof(Linear), new Epsilon() } }.Register(layer);

        layer.forward(randn([1, 4]).requires_grad_()).sum().backward();

        Assert.That(registration.Conservation, Throws.InvalidOperationException.With.Message.Contains("forward()"));
    }

    [Test]
    public void UnmatchedModulesWithParametersAreReported()
    {
        using var model = Networks.Convolutional(bias: true);
        var logger = new CollectingLogger();
        using var registration = new Composite { { typeof(Linear), new Epsilon() }, { "conv2", null } }.Register(
            model,
            logger
        );

        Assert.Multiple(() =>
        {
            Assert.That(logger.Warnings, Has.Some.Contains("'conv1' (Conv2d)"));
            Assert.That(logger.Warnings, Has.None.Contains("'conv2'"), "it was left alone on purpose");
        });
    }

    [Test]
    public void DescribeNamesModuleTypeAndRule()
    {
        using var model = Networks.Convolutional(bias: true);
        using var registration = Plain.Register(model);

        Assert.That(registration.Describe(), Does.Match(@"fc1\s+Linear\s+Epsilon\(epsilon: 1e-06\)"));
    }

    [Test]
    public void AnInputThatNeedsNoGradientIsReported()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        var logger = new CollectingLogger();
        using var registration = Plain.Register(model, logger);

        model.call(Networks.Images(1));

        Assert.That(logger.Warnings, Has.Some.Contains("requires_grad_()"));
    }

    [Test]
    public void WithoutGradientsTheModelRunsAsEver()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        var input = Networks.Images(2);
        var expected = model.call(input).detach();
        using var registration = Plain.Register(model);

        using var grad = no_grad();
        Assert.That(model.call(input).Equals(expected), Is.True);
    }

    /// <summary>Calls one of its layers properly and one through forward.</summary>
    private sealed class ForwardCaller : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "first")]
        private readonly Linear _first = nn.Linear(4, 4);

        [ComponentName(Name = "second")]
        private readonly Linear _second = nn.Linear(4, 2);

        [ComponentName(Name = "tanh")]
        private readonly Tanh _tanh = nn.Tanh();

        public ForwardCaller()
            : base(nameof(ForwardCaller)) => RegisterComponents();

        public override Tensor forward(Tensor input) => _second.forward(_tanh.forward(_first.call(input)));
    }
}
