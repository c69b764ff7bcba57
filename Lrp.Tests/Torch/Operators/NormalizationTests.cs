using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Normalisations against means and variances.</summary>
public class NormalizationTests
{
    private static double[] Standardised(double[] x)
    {
        double mean = x.Average(), variance = x.Average(v => (v - mean) * (v - mean));
        return [.. x.Select(v => (v - mean) / Math.Sqrt(variance + 1e-5))];
    }

    [Test]
    public void Layer_norm_standardises_the_last_dimensions()
    {
        using Tensor x = TensorValues.Counting(2, 3);
        Assert.That(F.layer_norm(x, [3]).Values()[..3], Is.EqualTo(Standardised([0, 1, 2])).Within(1e-5));
    }

    [Test]
    public void Layer_norm_scales_and_shifts()
    {
        using Tensor x = TensorValues.Counting(1, 3);
        Assert.That(
            F.layer_norm(x, [3], full(3, 2), ones(3)).Values(),
            Is.EqualTo(Standardised([0, 1, 2]).Select(v => 2 * v + 1)).Within(1e-5));
    }

    [Test]
    public void Group_norm_standardises_groups_of_channels()
    {
        using Tensor x = TensorValues.Counting(1, 4, 2);
        Assert.That(F.group_norm(x, 2).Values()[..4], Is.EqualTo(Standardised([0, 1, 2, 3])).Within(1e-5));
    }

    [Test]
    public void Instance_norm_standardises_each_channel()
    {
        using Tensor x = TensorValues.Counting(1, 2, 3);
        Assert.That(F.instance_norm(x).Values()[3..], Is.EqualTo(Standardised([3, 4, 5])).Within(1e-5));
    }

    [Test]
    public void Batch_norm_in_evaluation_uses_the_running_statistics()
    {
        using Tensor x = TensorValues.Counting(2, 1), mean = ones(1), variance = full(1, 4);
        Assert.That(F.batch_norm(x, mean, variance).Values(), Is.EqualTo(new[] { -0.5, 0 }).Within(1e-5));
    }

    [Test]
    public void Batch_norm_in_training_updates_the_running_statistics()
    {
        using Tensor x = tensor(new[,] { { 0f }, { 2f } }), mean = zeros(1), variance = ones(1);
        using Tensor y = F.batch_norm(x, mean, variance, training: true);
        Assert.That(y.Values(), Is.EqualTo(Standardised([0, 2])).Within(1e-5));
        Assert.That(mean.Values(), Is.EqualTo(new[] { 0.1 }).Within(1e-6));
        Assert.That(variance.Values(), Is.EqualTo(new[] { 0.9 + 0.1 * 2 }).Within(1e-6));
    }

    [Test]
    public void Normalize_makes_vectors_of_length_one() =>
        Assert.That(F.normalize(tensor(new[,] { { 3f, 4f } })).Values(), Is.EqualTo(new[] { 0.6, 0.8 }).Within(1e-6));

    [Test]
    public void Local_response_norm_divides_by_the_mean_square_of_neighbouring_channels()
    {
        using Tensor x = tensor(new[] { 1.0, 2.0, 3.0 }).reshape(1, 3, 1);
        double[] mean = [(1 + 4) / 3.0, (1 + 4 + 9) / 3.0, (4 + 9) / 3.0];
        double[] expected = [.. mean.Select((m, c) => (c + 1) / Math.Pow(1 + 0.5 * m, 0.75))];
        Assert.That(F.local_response_norm(x, 3, alpha: 0.5).Values(), Is.EqualTo(expected).Within(1e-9));
    }
}
