using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Losses against their formulas.</summary>
public class LossTests
{
    private static readonly Tensor X = tensor(new[] { 0.2, 0.9 });
    private static readonly Tensor Y = tensor(new[] { 0.0, 1.0 });

    [Test]
    public void Cross_entropy_is_the_negative_log_of_the_target_s_softmax()
    {
        using Tensor logits = tensor(new[,] { { 1.0, 2.0, 0.5 } }), target = tensor(new[] { 1L });
        double expected = -Math.Log(Math.Exp(2) / (Math.Exp(1) + Math.Exp(2) + Math.Exp(0.5)));
        Assert.That(F.cross_entropy(logits, target).item<double>(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(F.nll_loss(F.log_softmax(logits, 1), target).item<double>(), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Cross_entropy_passes_over_the_ignored_class()
    {
        using Tensor logits = randn(2, 3), target = tensor(new[] { 1L, -100L });
        Assert.That(
            F.cross_entropy(logits, target).item<float>(),
            Is.EqualTo(F.cross_entropy(logits[..1], target[..1]).item<float>()).Within(1e-6));
    }

    [Test]
    public void Squared_and_absolute_errors()
    {
        Assert.That(F.mse_loss(X, Y).item<double>(), Is.EqualTo((0.04 + 0.01) / 2).Within(1e-12));
        Assert.That(F.l1_loss(X, Y, nn.Reduction.Sum).item<double>(), Is.EqualTo(0.3).Within(1e-12));
        Assert.That(F.mse_loss(X, Y, nn.Reduction.None).Values(), Is.EqualTo(new[] { 0.04, 0.01 }).Within(1e-12));
    }

    [Test]
    public void A_smaller_target_is_broadcast_and_its_gradient_summed()
    {
        using Tensor x = ones(2, 3), y = zeros(1, 3, requires_grad: true);
        F.mse_loss(x, y, nn.Reduction.Sum).backward();
        Assert.That(y.grad!.Values(), Is.EqualTo(new double[] { -4, -4, -4 }));
    }

    [Test]
    public void Huber_losses_turn_linear()
    {
        using Tensor far = tensor(new[] { 3.0 }), origin = zeros(1, dtype: ScalarType.Float64);
        Assert.That(F.huber_loss(far, origin, delta: 2).item<double>(), Is.EqualTo(2 * (3 - 1.0)).Within(1e-12));
        Assert.That(F.smooth_l1_loss(far, origin, beta: 2).item<double>(), Is.EqualTo(3 - 1.0).Within(1e-12));
    }

    [Test]
    public void Binary_cross_entropy_with_and_without_logits()
    {
        double expected = -(Math.Log(0.8) + Math.Log(0.9)) / 2;
        Assert.That(F.binary_cross_entropy(X, Y).item<double>(), Is.EqualTo(expected).Within(1e-12));
        Assert.That(F.binary_cross_entropy_with_logits(X.logit(), Y).item<double>(), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Binary_cross_entropy_refuses_a_target_of_another_shape() =>
        Assert.That(() => F.binary_cross_entropy(X, Y.unsqueeze(0)), Throws.TypeOf<ExternalException>().With.Message.Contains("[1, 2]"));

    [Test]
    public void Divergence_of_distributions()
    {
        using Tensor p = tensor(new[] { 0.25, 0.75 }), q = tensor(new[] { 0.5, 0.5 });
        double expected = 0.25 * Math.Log(0.25 / 0.5) + 0.75 * Math.Log(0.75 / 0.5);
        Assert.That(F.kl_div(q.log(), p, log_target: false, nn.Reduction.Sum).item<double>(), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Gaussian_likelihood()
    {
        using Tensor variance = tensor(new[] { 2.0, 2.0 });
        double expected = 0.5 * (Math.Log(2) + 0.025 / 2);
        Assert.That(F.gaussian_nll_loss(X, Y, variance).item<double>(), Is.EqualTo(expected).Within(1e-9));
    }

    [Test]
    public void Triplets_with_any_distance()
    {
        using Tensor anchor = zeros(1, 2), near = ones(1, 2), far = full(1, 2, 3);
        Assert.That(F.triplet_margin_loss(anchor, near, far, margin: 10).item<float>(), Is.EqualTo(10 - 2 * Math.Sqrt(2)).Within(1e-4));
        Assert.That(
            F.triplet_margin_with_distance_loss(anchor, near, far, (x, y) => (x - y).abs().sum(1), margin: 10).item<float>(),
            Is.EqualTo(10 + 2 - 6));
    }

    [Test]
    public void Multilabel_soft_margin_is_the_mean_binary_cross_entropy_with_logits()
    {
        using Tensor x = randn(2, 3), y = (randn(2, 3) > 0).@float();
        Assert.That(
            F.multilabel_soft_margin_loss(x, y).item<float>(),
            Is.EqualTo(F.binary_cross_entropy_with_logits(x, y).item<float>()).Within(1e-6));
    }

    [Test]
    public void Similarity_and_distance()
    {
        using Tensor a = tensor(new[,] { { 1f, 0f } }), b = tensor(new[,] { { 1f, 1f } });
        Assert.That(F.cosine_similarity(a, b).item<float>(), Is.EqualTo(1 / Math.Sqrt(2)).Within(1e-6));
        Assert.That(F.pairwise_distance(a, b).item<float>(), Is.EqualTo(1).Within(1e-5));
    }
}
