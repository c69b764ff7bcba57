using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Scaled dot product attention.</summary>
public class AttentionTests
{
    private static Tensor Random(params long[] shape) => randn(shape, generator: new Generator(5));

    [Test]
    public void Is_the_softmax_of_scaled_products_times_the_values()
    {
        using Tensor q = Random(2, 3, 4), k = Random(2, 5, 4), v = Random(2, 5, 6);
        using Tensor expected = F.softmax(q.matmul(k.transpose(-2, -1)) / 2, -1).matmul(v);
        Assert.That(F.scaled_dot_product_attention(q, k, v).Values(), Is.EqualTo(expected.Values()).Within(1e-6));
    }

    [Test]
    public void A_causal_position_sees_nothing_after_it()
    {
        using Tensor q = Random(1, 3, 4), v = TensorValues.Counting(1, 3, 2);
        using Tensor y = F.scaled_dot_product_attention(q, q, v, is_casual: true);
        Assert.That(y[0, 0].Values(), Is.EqualTo(new double[] { 0, 1 }).Within(1e-6));
    }

    [Test]
    public void A_boolean_mask_keeps_what_is_true_and_a_real_one_is_added()
    {
        using Tensor q = Random(1, 2, 4), v = TensorValues.Counting(1, 2, 2);
        using Tensor keep = tensor(new[,] { { false, true }, { false, true } });
        using Tensor added = tensor(new[,] { { -1e9f, 0 }, { -1e9f, 0 } });
        Assert.That(F.scaled_dot_product_attention(q, q, v, keep).Values(), Is.EqualTo(new double[] { 2, 3, 2, 3 }).Within(1e-6));
        Assert.That(F.scaled_dot_product_attention(q, q, v, added).Values(), Is.EqualTo(new double[] { 2, 3, 2, 3 }).Within(1e-6));
    }

    [Test]
    public void A_causal_attention_takes_no_mask() =>
        Assert.That(() => F.scaled_dot_product_attention(ones(1, 2, 2), ones(1, 2, 2), ones(1, 2, 2), ones(2, 2), is_casual: true), Throws.ArgumentException);

    [Test]
    public void Gradients_reach_queries_keys_and_values()
    {
        using Tensor q = randn(1, 2, 4, requires_grad: true), k = randn(1, 2, 4, requires_grad: true), v = randn(1, 2, 4, requires_grad: true);
        F.scaled_dot_product_attention(q, k, v).square().sum().backward();
        Assert.That(new[] { q.grad, k.grad, v.grad }, Is.All.Not.Null);
    }
}
