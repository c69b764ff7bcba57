using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.TorchSharpBehaviour;

/// <summary>
/// What the engine relies on in TorchSharp's autograd; it is looked at first when a new TorchSharp comes.
/// </summary>
/// <remarks>
/// One thing cannot be shown here: an exception that leaves <c>backward</c> of a custom function ends the process.
/// </remarks>
public sealed class AutogradTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    /// <summary>
    /// Twice the input forwards; backwards, three times the gradient, so that it cannot be mistaken for autograd's own.
    /// </summary>
    private sealed class Tripled : autograd.SingleTensorFunction<Tripled>
    {
        public override string Name => nameof(Tripled);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_for_backward([(Tensor)vars[0]]);
            ctx.save_data("factor", vars[1]);
            return (Tensor)vars[0] * 2;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var x = ctx.get_saved_variables()[0];
            return [grad_output * (double)ctx.get_data("factor") * x.sign(), null!];
        }
    }

    private sealed class SumAndDifference : autograd.MultiTensorFunction<SumAndDifference>
    {
        public override string Name => nameof(SumAndDifference);

        public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars) =>
            [(Tensor)vars[0] + (Tensor)vars[1], (Tensor)vars[0] - (Tensor)vars[1]];

        public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs) =>
            [grad_outputs[0] + grad_outputs[1], grad_outputs[0] - grad_outputs[1]];
    }

    [Test]
    public void BackwardLeavesTheGradientAtTheLeaf()
    {
        var x = tensor(new double[] { 1, 2, 3 }, requires_grad: true);
        (x * x).sum().backward();
        Assert.That(x.grad!.data<double>().ToArray(), Is.EqualTo(new double[] { 2, 4, 6 }));
    }

    [Test]
    public void GradReturnsAnInvalidTensorForAnUnusedInputWhenThatIsAllowed()
    {
        Tensor x = ones(2, requires_grad: true),
            y = ones(2, requires_grad: true);
        var gradients = autograd.grad([(x * 3).sum()], [x, y], allow_unused: true);
        Assert.Multiple(() =>
        {
            Assert.That(gradients[0].data<float>().ToArray(), Is.EqualTo(new[] { 3f, 3f }));
            Assert.That(gradients[1].IsInvalid);
        });
    }

    [Test]
    public void ACustomFunctionDecidesItsOwnGradient()
    {
        var x = tensor(new double[] { 1, -2 }, requires_grad: true);
        var y = Tripled.apply(x, 3.0);
        y.sum().backward();
        Assert.Multiple(() =>
        {
            Assert.That(y.data<double>().ToArray(), Is.EqualTo(new double[] { 2, -4 }));
            Assert.That(x.grad!.data<double>().ToArray(), Is.EqualTo(new double[] { 3, -3 }));
        });
    }

    [Test]
    public void AFunctionWithSeveralOutputsGetsAllTheirGradientsWithZerosForUnusedOnes()
    {
        Tensor a = ones(2, requires_grad: true),
            b = ones(2, requires_grad: true);
        var outputs = SumAndDifference.apply(a, b);
        outputs[1].sum().backward();
        Assert.Multiple(() =>
        {
            Assert.That(a.grad!.data<float>().ToArray(), Is.EqualTo(new[] { 1f, 1f }));
            Assert.That(b.grad!.data<float>().ToArray(), Is.EqualTo(new[] { -1f, -1f }));
        });
    }

    /// <summary>Hands gradients on as they come, and tells what came.</summary>
    private sealed class Passing : autograd.MultiTensorFunction<Passing>
    {
        public override string Name => nameof(Passing);

        public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.set_materialize_grads(false);
            ctx.save_data("seen", vars[2]);
            ctx.save_for_backward([(Tensor)vars[0]]);
            return [((Tensor)vars[0]).detach(), ((Tensor)vars[1]).detach()];
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
        {
            var seen = (List<bool>)ctx.get_data("seen");
            seen.AddRange(grad_outputs.Select(gradient => gradient is not null && !gradient.IsInvalid));
            try
            {
                _ = ctx.get_saved_variables();
            }
            catch (ExternalException exception)
            {
                seen.Add(exception.Message.Contains("modified by an inplace operation", StringComparison.Ordinal));
            }

            return [grad_outputs[0], null!, null!];
        }
    }

    [Test]
    public void WhereGradientsAreNotMaterializedAnUnusedOutputHasNone()
    {
        Tensor a = ones(2, requires_grad: true),
            b = ones(2, requires_grad: true);
        var seen = new List<bool>();
        Passing.apply(a, b, seen)[0].sum().backward();
        Assert.Multiple(() =>
        {
            Assert.That(seen, Is.EqualTo(new[] { true, false }));
            Assert.That(a.grad!.sum().item<float>(), Is.EqualTo(2f));
            Assert.That(b.grad, Is.Null, "a null gradient is none");
        });
    }

    [Test]
    public void DisposingWhatForwardReturnedLeavesTheOutputsOfApply()
    {
        Tensor a = ones(2, requires_grad: true),
            b = ones(2);
        List<Tensor> outputs;
        using (NewDisposeScope())
        {
            outputs = [.. Passing.apply(a, b, new List<bool>()).Select(output => output.MoveToOuterDisposeScope())];
        }

        Assert.That(outputs[0].sum().item<float>(), Is.EqualTo(2f));
    }

    [Test]
    public void ASavedTensorChangedInPlaceIsNoticedByAMessageThatSaysSo()
    {
        Tensor a = ones(2, requires_grad: true),
            b = a.detach().clone().requires_grad_();
        var inner = b * 1;
        var seen = new List<bool>();
        var output = Passing.apply(inner, a, seen)[0];
        using (no_grad())
        {
            inner.add_(1);
        }

        output.sum().backward();
        Assert.That(seen, Is.EqualTo(new[] { true, false, true }));
    }

    [Test]
    public void BackwardOfSomeLeavesThrowsWhatLibtorchThrows()
    {
        var x = ones(2, requires_grad: true);
        var y = (x * x).sum();
        y.backward();
        Assert.That(() => autograd.backward([y], [ones([])], inputs: [x]), Throws.InstanceOf<ExternalException>());
    }

    [Test]
    public void ADisposedTensorIsInvalidAndSaysSoWhenItIsUsed()
    {
        var x = ones(2);
        x.Dispose();
        Assert.Multiple(() =>
        {
            Assert.That(x.IsInvalid);
            Assert.That(() => x.sum(), Throws.InvalidOperationException);
        });
    }

    [Test]
    public void ACustomFunctionWithoutAGradientToTrackLeavesNoGraph()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Tripled.apply(ones(2, dtype: float64), 1.0).requires_grad, Is.False);
            using (no_grad())
            {
                Assert.That(Tripled.apply(ones(2, dtype: float64, requires_grad: true), 1.0).requires_grad, Is.False);
            }
        });
    }

    [Test]
    public void BackwardTwiceThroughOneGraphIsAnErrorThatSaysSo()
    {
        var x = ones(2, requires_grad: true);
        var y = (x * x).sum();
        y.backward();
        Assert.That(() => y.backward(), Throws.InstanceOf<ExternalException>().With.Message.Contains("second time"));
    }

    [Test]
    public void AGraphThatGoesFreesWhatItsFunctionsSaved()
    {
        static long Run()
        {
            using var scope = NewDisposeScope();
            for (var k = 0; k < 50; k++)
            {
                _ = Tripled.apply(ones(100, dtype: float64, requires_grad: true), 1.0);
            }

            return Tensor.TotalCount;
        }

        var inside = Run();
        Assert.That(Tensor.TotalCount, Is.LessThan(inside));
    }
}
