using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules;
using Microsoft.Extensions.Logging;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

[TestFixture]
public sealed class BackwardTests
{
    [Test]
    public void ASecondBackwardOverARetainedGraphGivesTheSameRelevance()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        using var registration = Presets.EpsilonPlus().Register(model);
        var input = Networks.Images(2).requires_grad_();
        var output = model.call(input);
        var start = output.detach().OneHot(1);

        output.backward([start], retain_graph: true);
        var first = input.grad!.clone();
        output.backward([start]);

        Assert.That(input.grad!.allclose(first.mul(2), 1e-12, 1e-12), Is.True, "gradients add up");
        registration.ThrowIfFaulted();
    }

    [Test]
    public void ASecondBackwardWithoutARetainedGraphIsExplained()
    {
        using var scope = NewDisposeScope();
        using var model = nn.Sequential(("fc", nn.Linear(4, 2)));
        using var registration = new Composite { { typeof(Linear), new Epsilon() } }.Register(model);
        var input = randn([1, 4]).requires_grad_();
        var output = model.call(input);
        output.backward([ones_like(output)]);
        var first = input.grad!.clone();

        try
        {
            output.backward([ones_like(output)]);
            registration.ThrowIfFaulted();
        }
        catch (Exception exception) when (exception is not AssertionException)
        {
            Assert.That(exception.Message, Does.Contain("second time"));
            return;
        }

        Assert.That(input.grad!.allclose(first.mul(2)), Is.True, "or it is right");
    }

    [Test]
    public void AnExceptionInARuleDoesNotLeaveBackwardButIsKept()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        var logger = new CollectingLogger();
        using var registration = new Composite { { "conv2", new Failing() } }.Register(model, logger);

        var relevance = Networks.Explain(model, Networks.Images(1));

        Assert.Multiple(() =>
        {
            Assert.That(relevance.isnan().any().ToBoolean(), Is.True, "nobody takes it for relevance");
            Assert.That(
                registration.ThrowIfFaulted,
                Throws
                    .TypeOf<RelevanceException>()
                    .With.Message.Contains("'conv2' (Conv2d)")
                    .And.Message.Contains("always fails")
            );
            Assert.That(logger.Entries.Select(entry => entry.Text), Has.Some.Contains("always fails"));
        });
    }

    [Test]
    public void AnExceptionOfTheLoggerDoesNotLeaveBackwardEither()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        var logger = new FailingLogger();
        using var registration = new Composite { { "conv2", new Failing() } }.Register(model, logger);

        Networks.Explain(model, Networks.Images(1));

        Assert.That(
            registration.ThrowIfFaulted,
            Throws.TypeOf<RelevanceException>().With.Message.Contains("always fails")
        );
    }

    [Test]
    public void ConservationThrowsWhatARuleThrew()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        using var registration = new Composite { { "conv2", new Failing() } }.Register(model);

        Networks.Explain(model, Networks.Images(1));

        Assert.That(registration.Conservation, Throws.TypeOf<RelevanceException>());
    }

    [Test]
    public void ARuleThatReturnsTheWrongShapeIsFound()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        using var registration = new Composite { { "conv2", new Pass() } }.Register(model);

        Networks.Explain(model, Networks.Images(1));

        Assert.That(registration.ThrowIfFaulted, Throws.TypeOf<RelevanceException>().With.Message.Contains("shape"));
    }

    [Test]
    public void ABatchInWhichOneSampleHasNoGradientGivesItNoRelevance()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        using var registration = Presets.EpsilonGammaBox(-4, 4).Register(model);
        var alone = Networks.Explain(model, Networks.Images(3)[TensorIndex.Slice(0, 1)]);

        var input = Networks.Images(3).requires_grad_();
        var output = model.call(input);
        output[0, 1].mul(output[0, 1].detach()).backward();

        Assert.Multiple(() =>
        {
            Assert.That(input.grad![0].allclose(alone[0], 1e-9, 1e-12), Is.True);
            Assert.That(input.grad![TensorIndex.Slice(1)].count_nonzero().ToInt64(), Is.Zero);
        });
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void AnInputThatIsNotFiniteGivesNoFiniteRelevanceWhereItMatters(double value)
    {
        using var scope = NewDisposeScope();
        using var model = nn.Sequential(("fc", nn.Linear(4, 2)), ("relu", nn.ReLU()), ("fc2", nn.Linear(2, 1)));
        model.to(ScalarType.Float64);
        using var registration = Presets.EpsilonPlus().Register(model);
        var input = randn([2, 4], ScalarType.Float64);
        input[1, 2] = tensor(value, ScalarType.Float64);

        input.requires_grad_();
        model.call(input).sum().backward();
        registration.ThrowIfFaulted();

        Assert.Multiple(() =>
        {
            Assert.That(input.grad![0].isfinite().all().ToBoolean(), Is.True, "the other sample is fine");
            Assert.That(input.grad![1, 2].isfinite().ToBoolean(), Is.False);
        });
    }

    [Test]
    public void ANanInputStaysVisibleInEveryPreset()
    {
        using var scope = NewDisposeScope();
        foreach (
            var composite in new[]
            {
                Presets.EpsilonPlus(),
                Presets.EpsilonAlpha2Beta1(),
                Presets.EpsilonGammaBox(-4, 4),
            }
        )
        {
            using var model = Networks.Convolutional(bias: true);
            using var registration = composite.Register(model);
            var input = Networks.Images(1);
            input[0, 0, 3, 3] = tensor(double.NaN, ScalarType.Float64);

            Assert.That(Networks.Explain(model, input).isnan().any().ToBoolean(), Is.True);
        }
    }

    [TestCase(ScalarType.Float32, 1e-4)]
    [TestCase(ScalarType.BFloat16, 0.1)]
    public void OtherPrecisionsAgreeWithFloat64(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var reference = Networks.Convolutional(bias: true);
        using var model = Networks.Convolutional(bias: true, dtype: dtype);
        using var first = new Composite { { typeof(Linear), new Epsilon(0.1) }, { typeof(ReLU), new Pass() } }.Register(
            reference
        );
        using var second = new Composite
        {
            { typeof(Linear), new Epsilon(0.1) },
            { typeof(ReLU), new Pass() },
        }.Register(model);

        var expected = Networks.Explain(reference, Networks.Images(2));
        var relevance = Networks.Explain(model, Networks.Images(2, dtype));
        second.ThrowIfFaulted();

        Assert.That(relevance.dtype, Is.EqualTo(dtype));
        var difference = relevance.to(ScalarType.Float64).sub(expected).abs().max().ToDouble();
        Assert.That(difference, Is.LessThan(tolerance * expected.abs().max().ToDouble()));
    }

    [Test]
    public void InHalfPrecisionASmallStabilizerDoesNotVanish()
    {
        using var scope = NewDisposeScope();
        var denominator = tensor(new float[] { 0, 1, -1 }).to(ScalarType.Float16);

        var quotient = Stabilizer.Signed(1e-9).Divide(zeros_like(denominator), denominator);

        Assert.That(quotient.isnan().any().ToBoolean(), Is.False);
    }

    [Test]
    public void ExplainingOnAnotherThreadWorks()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: true);
        using var registration = Presets.EpsilonPlus().Register(model);
        var expected = Networks.Explain(model, Networks.Images(2));
        var input = Networks.Images(2).requires_grad_();
        var output = model.call(input);

        var thread = new Thread(() => output.backward([output.detach().OneHot(1)]));
        thread.Start();
        thread.Join();

        Assert.That(input.grad!.Equals(expected), Is.True);
    }

    private sealed class FailingLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (logLevel == LogLevel.Error)
            {
                throw new IOException("the disk is full");
            }
        }
    }

    private sealed class Failing : BackwardRule
    {
        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) =>
            throw new InvalidOperationException("this rule always fails");
    }
}
