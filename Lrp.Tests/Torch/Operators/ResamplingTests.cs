using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Padding, resampling and pixel order.</summary>
public class ResamplingTests
{
    [Test]
    public void Pads_with_a_constant() =>
        Assert.That(F.pad(ones(2), (1, 2), value: 7).Values(), Is.EqualTo(new double[] { 7, 1, 1, 7, 7 }));

    [TestCase(PaddingModes.Reflect, new double[] { 1, 0, 1, 2, 1 })]
    [TestCase(PaddingModes.Replicate, new double[] { 0, 0, 1, 2, 2 })]
    [TestCase(PaddingModes.Circular, new double[] { 2, 0, 1, 2, 0 })]
    public void Pads_with_what_is_there(PaddingModes mode, double[] expected) =>
        Assert.That(F.pad(TensorValues.Counting(1, 1, 3), [1, 1], mode).Values(), Is.EqualTo(expected));

    [Test]
    public void Pads_all_sides_alike() => Assert.That(F.pad(ones(2, 3), 1).shape, Is.EqualTo(new long[] { 4, 5 }));

    [Test]
    public void Nearest_repeats_pixels() =>
        Assert.That(F.interpolate(TensorValues.Counting(1, 1, 2), scale_factor: [2]).Values(), Is.EqualTo(new double[] { 0, 0, 1, 1 }));

    [Test]
    public void Linear_with_aligned_corners_divides_the_line_evenly() =>
        Assert.That(
            F.interpolate(TensorValues.Counting(1, 1, 2), size: [5], mode: InterpolationMode.Linear, align_corners: true).Values(),
            Is.EqualTo(new[] { 0, 0.25, 0.5, 0.75, 1 }).Within(1e-6));

    [TestCase(InterpolationMode.Nearest)]
    [TestCase(InterpolationMode.NearestExact)]
    [TestCase(InterpolationMode.Bilinear)]
    [TestCase(InterpolationMode.Bicubic)]
    [TestCase(InterpolationMode.Area)]
    public void A_constant_image_stays_constant(InterpolationMode mode)
    {
        using Tensor y = F.interpolate(ones(1, 2, 3, 5), size: [6, 4], mode: mode);
        Assert.That(y.shape, Is.EqualTo(new long[] { 1, 2, 6, 4 }));
        Assert.That(y.Values(), Is.All.EqualTo(1).Within(1e-6));
    }

    [Test]
    public void Volumes_are_resampled_trilinearly() =>
        Assert.That(F.interpolate(ones([1, 1, 2, 2, 2]), scale_factor: [2, 2, 2], mode: InterpolationMode.Trilinear).shape, Is.EqualTo(new long[] { 1, 1, 4, 4, 4 }));

    [Test]
    public void A_mode_for_another_number_of_dimensions_is_refused() =>
        Assert.That(
            () => F.interpolate(ones(1, 1, 4), size: [8], mode: InterpolationMode.Bilinear),
            Throws.ArgumentException.With.Message.Contains("Bilinear").And.Message.Contains("[1, 1, 4]"));

    [Test]
    public void Size_and_scale_exclude_each_other() =>
        Assert.That(() => F.interpolate(ones(1, 1, 4), size: [8], scale_factor: [2]), Throws.ArgumentException);

    [Test]
    public void Pixel_shuffle_moves_channels_into_space()
    {
        using Tensor x = TensorValues.Counting(1, 4, 1, 1);
        using Tensor y = F.pixel_shuffle(x, 2);
        Assert.That(y.Values(), Is.EqualTo(new double[] { 0, 1, 2, 3 }));
        Assert.That(F.pixel_unshuffle(y, 2).shape, Is.EqualTo(x.shape));
    }

    [Test]
    public void One_hot() => Assert.That(F.one_hot(tensor(new[] { 2L, 0L }), 3).Integers(), Is.EqualTo(new long[] { 0, 0, 1, 1, 0, 0 }));

    [Test]
    public void The_identity_grid_reads_the_image_itself()
    {
        using Tensor x = TensorValues.Counting(1, 1, 3, 3);
        using Tensor theta = tensor(new[] { 1f, 0, 0, 0, 1, 0 }).reshape(1, 2, 3);
        using Tensor grid = F.affine_grid(theta, [1, 1, 3, 3], align_corners: true);
        Assert.That(F.grid_sample(x, grid, align_corners: true).Values(), Is.EqualTo(x.Values()).Within(1e-5));
    }
}
