using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Linear maps, convolutions and pooling against plain loops.</summary>
public class ConvolutionTests
{
    // x is [1, 1, 4, 4], w [1, 1, 2, 2].
    private static readonly Tensor X = TensorValues.Counting(1, 1, 4, 4);
    private static readonly Tensor W = tensor(new[] { 1f, -1f, 2f, 0.5f }).reshape(1, 1, 2, 2);

    private static double[] Loop(int stride, int padding)
    {
        double At(int i, int j) => i is >= 0 and < 4 && j is >= 0 and < 4 ? 4 * i + j : 0;
        int n = (4 + 2 * padding - 2) / stride + 1;
        return
        [
            .. from i in Enumerable.Range(0, n)
               from j in Enumerable.Range(0, n)
               let r = i * stride - padding
               let c = j * stride - padding
               select At(r, c) - At(r, c + 1) + 2 * At(r + 1, c) + 0.5 * At(r + 1, c + 1)
        ];
    }

    [TestCase(1, 0)]
    [TestCase(2, 0)]
    [TestCase(1, 1)]
    [TestCase(2, 1)]
    public void A_convolution_is_a_sum_over_its_window(int stride, int padding)
    {
        using Tensor y = F.conv2d(X, W, strides: [stride, stride], padding: [padding, padding]);
        Assert.That(y.Values(), Is.EqualTo(Loop(stride, padding)).Within(1e-5));
    }

    [Test]
    public void One_number_stands_for_both_directions() =>
        Assert.That(F.conv2d(X, W, strides: [2], padding: [1]).Values(), Is.EqualTo(Loop(2, 1)).Within(1e-5));

    [Test]
    public void A_bias_is_added_to_each_channel() =>
        Assert.That(F.conv2d(X, W, tensor(new[] { 100f })).Values(), Is.EqualTo(Loop(1, 0).Select(v => v + 100)).Within(1e-4));

    [Test]
    public void Same_padding_keeps_the_size()
    {
        Assert.That(F.conv2d_padding(X, W, padding: Padding.Same).shape, Is.EqualTo(X.shape));
        Assert.That(F.conv2d_padding(X, W, padding: Padding.Valid).shape, Is.EqualTo(new long[] { 1, 1, 3, 3 }));
    }

    [Test]
    public void Convolutions_of_lines_and_of_volumes()
    {
        Assert.That(F.conv1d(ones(1, 1, 5), ones(1, 1, 2), stride: 2).Values(), Is.EqualTo(new double[] { 2, 2 }));
        Assert.That(F.conv3d(ones([1, 1, 2, 2, 2]), ones([1, 1, 2, 2, 2])).Values(), Is.EqualTo(new double[] { 8 }));
    }

    [Test]
    public void A_transposed_convolution_is_the_gradient_of_the_convolution()
    {
        using Tensor x = X.clone().requires_grad_();
        using Tensor y = F.conv2d(x, W, strides: [2, 2]);
        using Tensor g = TensorValues.Counting(y.shape);
        Tensor gradient = autograd.grad([y], [x], [g])[0];
        Assert.That(F.conv_transpose2d(g, W, strides: [2, 2]).Values(), Is.EqualTo(gradient.Values()).Within(1e-5));
    }

    [Test]
    public void Groups_see_their_own_channels_only()
    {
        using Tensor x = stack([zeros(3, 3), ones(3, 3)]).unsqueeze(0);
        using Tensor y = F.conv2d(x, ones(2, 1, 2, 2), groups: 2);
        Assert.That(y[0, 0].Values(), Is.All.Zero);
        Assert.That(y[0, 1].Values(), Is.All.EqualTo(4));
    }

    [Test]
    public void A_linear_map_of_a_matrix_and_of_a_batch_of_them()
    {
        using Tensor x = TensorValues.Counting(2, 3), w = ones(4, 3), b = tensor(new[] { 1f, 2f, 3f, 4f });
        double[] expected = [4, 5, 6, 7, 13, 14, 15, 16];
        Assert.That(F.linear(x, w, b).Values(), Is.EqualTo(expected));
        Assert.That(F.linear(x.unsqueeze(0), w, b).Values(), Is.EqualTo(expected));
        Assert.That(F.linear(x, w).Values(), Is.EqualTo(new double[] { 3, 3, 3, 3, 12, 12, 12, 12 }));
    }

    [Test]
    public void A_linear_map_learns()
    {
        using Tensor x = ones(2, 3), w = ones(4, 3, requires_grad: true), b = zeros(4, requires_grad: true);
        F.linear(x, w, b).sum().backward();
        Assert.That(w.grad!.Values(), Is.All.EqualTo(2));
        Assert.That(b.grad!.Values(), Is.All.EqualTo(2));
    }

    [Test]
    public void Max_pooling_takes_the_largest_of_each_window()
    {
        Assert.That(F.max_pool2d(X, 2).Values(), Is.EqualTo(new double[] { 5, 7, 13, 15 }));
        Assert.That(F.max_pool2d(X, [3, 3], strides: [1, 1]).Values(), Is.EqualTo(new double[] { 10, 11, 14, 15 }));
        Assert.That(F.max_pool2d(X, (2, 4)).Values(), Is.EqualTo(new double[] { 7, 15 }));
        Assert.That(F.max_pool1d(TensorValues.Counting(1, 1, 4), 2).Values(), Is.EqualTo(new double[] { 1, 3 }));
    }

    [Test]
    public void Unpooling_puts_the_largest_back_in_its_place()
    {
        var (output, indices) = F.max_pool2d_with_indices(X, [2, 2]);
        using Tensor back = F.max_unpool2d(output, indices, [2, 2]);
        Assert.That(back.shape, Is.EqualTo(X.shape));
        Assert.That(back.sum().item<float>(), Is.EqualTo(5 + 7 + 13 + 15));
        Assert.That(F.max_pool2d(back, 2).Values(), Is.EqualTo(output.Values()));
    }

    [Test]
    public void Average_pooling_takes_the_mean_of_each_window()
    {
        Assert.That(F.avg_pool2d(X, 2).Values(), Is.EqualTo(new[] { 2.5, 4.5, 10.5, 12.5 }));
        Assert.That(F.avg_pool2d(X, 2, stride: 2, padding: 1, count_include_pad: false).Values()[0], Is.Zero);
        Assert.That(F.avg_pool1d(TensorValues.Counting(1, 1, 4), 2).Values(), Is.EqualTo(new[] { 0.5, 2.5 }));
    }

    [Test]
    public void Adaptive_pooling_makes_the_size_asked_for()
    {
        Assert.That(F.adaptive_avg_pool2d(X, 1).Values(), Is.EqualTo(new[] { 7.5 }));
        Assert.That(F.adaptive_avg_pool2d(X, (2, 1)).shape, Is.EqualTo(new long[] { 1, 1, 2, 1 }));
        Assert.That(F.adaptive_max_pool2d(X, [1, 1]).Values(), Is.EqualTo(new double[] { 15 }));
        Assert.That(F.adaptive_avg_pool1d(TensorValues.Counting(1, 1, 4), 2).Values(), Is.EqualTo(new[] { 0.5, 2.5 }));
    }

    [Test]
    public void Lp_pooling_of_power_two_is_the_length_of_each_window() =>
        Assert.That(F.lp_pool1d(tensor(new[] { 3.0, 4.0 }).reshape(1, 1, 2), 2, 2).Values(), Is.EqualTo(new double[] { 5 }).Within(1e-12));

    [Test]
    public void Patches_fold_back_into_the_image()
    {
        using Tensor patches = F.unfold(X, 2, stride: 2);
        Assert.That(patches.shape, Is.EqualTo(new long[] { 1, 4, 4 }));
        Assert.That(F.fold(patches, 4, 2, stride: 2).Values(), Is.EqualTo(X.Values()));
    }
}
