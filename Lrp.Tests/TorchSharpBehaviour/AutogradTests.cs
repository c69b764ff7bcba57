using System.Runtime.InteropServices;
using NUnit.Framework;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.TorchSharpBehaviour;

public sealed class AutogradTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    /// <summary>Twice the input forwards; backwards, three times the gradient, so that it cannot be mistaken for autograd's own.</summary>
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
            Tensor x = ctx.get_saved_variables()[0];
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

    private sealed class Failing : autograd.SingleTensorFunction<Failing>
    {
        public override string Name => nameof(Failing);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).clone();

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => throw new InvalidDataException("a rule went wrong");
    }

    private sealed class Counting : autograd.SingleTensorFunction<Counting>
    {
        public override string Name => nameof(Counting);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).clone();

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => [];
    }

    [Test]
    public void Backward_leaves_the_gradient_at_the_leaf()
    {
        Tensor x = tensor(new double[] { 1, 2, 3 }, requires_grad: true);
        (x * x).sum().backward();
        Assert.That(x.grad!.data<double>().ToArray(), Is.EqualTo(new double[] { 2, 4, 6 }));
    }

    [Test]
    public void Grad_returns_null_for_an_unused_input_when_that_is_allowed()
    {
        Tensor x = ones(2, requires_grad: true), y = ones(2, requires_grad: true);
        IList<Tensor> gradients = autograd.grad([(x * 3).sum()], [x, y], allow_unused: true);
        Assert.Multiple(() =>
        {
            Assert.That(gradients[0].data<float>().ToArray(), Is.EqualTo(new[] { 3f, 3f }));
            Assert.That(gradients[1], Is.Null);
        });
    }

    [Test]
    public void A_custom_function_decides_its_own_gradient()
    {
        Tensor x = tensor(new double[] { 1, -2 }, requires_grad: true);
        Tensor y = Tripled.apply(x, 3.0);
        y.sum().backward();
        Assert.Multiple(() =>
        {
            Assert.That(y.data<double>().ToArray(), Is.EqualTo(new double[] { 2, -4 }));
            Assert.That(x.grad!.data<double>().ToArray(), Is.EqualTo(new double[] { 3, -3 }));
        });
    }

    [Test]
    public void A_function_with_several_outputs_gets_all_their_gradients_with_zeros_for_unused_ones()
    {
        Tensor a = ones(2, requires_grad: true), b = ones(2, requires_grad: true);
        List<Tensor> outputs = SumAndDifference.apply(a, b);
        outputs[1].sum().backward();
        Assert.Multiple(() =>
        {
            Assert.That(a.grad!.data<float>().ToArray(), Is.EqualTo(new[] { 1f, 1f }));
            Assert.That(b.grad!.data<float>().ToArray(), Is.EqualTo(new[] { -1f, -1f }));
        });
    }

    [Test]
    public void An_exception_in_backward_comes_out_of_backward_as_it_was()
    {
        Tensor y = Failing.apply(ones(2, requires_grad: true)).sum();
        InvalidDataException? exception = Assert.Throws<InvalidDataException>(() => y.backward());
        Assert.That(exception!.Message, Is.EqualTo("a rule went wrong"));
    }

    [Test]
    public void Too_few_gradients_are_reported_with_the_functions_name()
    {
        Tensor y = Counting.apply(ones(2, requires_grad: true)).sum();
        Assert.That(() => y.backward(), Throws.InvalidOperationException.With.Message.Contains("Counting").And.Message.Contains("expected 1"));
    }

    [Test]
    public void A_custom_function_without_a_gradient_to_track_leaves_no_graph()
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
    public void Backward_twice_through_one_graph_is_an_error_that_says_so()
    {
        Tensor x = ones(2, requires_grad: true);
        Tensor y = (x * x).sum();
        y.backward();
        Assert.That(() => y.backward(), Throws.InstanceOf<ExternalException>().With.Message.Contains("second time"));
    }

    [Test]
    public void No_grad_is_of_this_thread_and_ends_with_its_scope()
    {
        using (no_grad())
        {
            bool elsewhere = false;
            var thread = new Thread(() => elsewhere = is_grad_enabled());
            thread.Start();
            thread.Join();
            Assert.That((is_grad_enabled(), elsewhere), Is.EqualTo((false, true)));
        }

        Assert.That(is_grad_enabled());
    }

    [Test]
    public void A_tensor_of_inference_mode_cannot_join_a_graph()
    {
        Tensor frozen;
        using (inference_mode())
        {
            frozen = ones(2);
        }

        Tensor x = ones(2, requires_grad: true);
        Assert.That(() => (x * frozen).sum().backward(), Throws.InstanceOf<ExternalException>().With.Message.Contains("nference"));
    }

    [Test]
    public void Integer_tensors_cannot_require_gradients()
    {
        Assert.That(() => ones(2, dtype: int64).requires_grad_(), Throws.InstanceOf<ExternalException>().With.Message.Contains("Long"));
    }

    [Test]
    public void Anomaly_mode_names_the_function_that_made_a_nan()
    {
        using (autograd.detect_anomaly())
        {
            Tensor x = zeros(1, requires_grad: true);
            Tensor y = (x.sqrt() * 0).sum();
            Assert.That(() => y.backward(), Throws.InstanceOf<ExternalException>().With.Message.Contains("nan"));
        }

        Assert.That(AnomalyMode.IsEnabled, Is.False);
    }

    [Test]
    public void A_graph_that_goes_frees_what_its_functions_saved()
    {
        static long Run()
        {
            using DisposeScope scope = NewDisposeScope();
            for (int k = 0; k < 50; k++)
            {
                _ = Tripled.apply(ones(100, dtype: float64, requires_grad: true), 1.0);
            }

            return Tensor.TotalCount;
        }

        long inside = Run();
        Assert.That(Tensor.TotalCount, Is.LessThan(inside));
    }
}
