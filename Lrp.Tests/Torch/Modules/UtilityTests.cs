using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.utils;

namespace Lrp.Tests.Torch.Modules;

public sealed class UtilityTests
{
    [TestCase(2.0, 5.0)]
    [TestCase(1.0, 7.0)]
    [TestCase(double.PositiveInfinity, 4.0)]
    public void GradientsAreScaledToTheNormTogether(double order, double norm)
    {
        using var a = nn.Parameter(ones(1));
        using var b = nn.Parameter(ones(1));
        using var without = nn.Parameter(ones(1));
        ((3 * a) - (4 * b)).backward();
        Assert.That(clip_grad_norm_([a, b, without], 1, order), Is.EqualTo(norm).Within(1e-6));
        Assert.That(a.grad!.item<float>(), Is.EqualTo(3 / norm).Within(1e-5));
        Assert.That(b.grad!.item<float>(), Is.EqualTo(-4 / norm).Within(1e-5));
        Assert.That(clip_grad_norm_([a, b], 100, order), Is.EqualTo(1).Within(1e-5));
        Assert.That(a.grad!.item<float>(), Is.EqualTo(3 / norm).Within(1e-5));
    }

    [Test]
    public void GradientsAreLimited()
    {
        using var a = nn.Parameter(ones(2));
        (a * tensor(new[] { 3f, -0.5f })).sum().backward();
        clip_grad_value_([a], 1);
        Assert.That(a.grad!.data<float>().ToArray(), Is.EqualTo(new[] { 1, -0.5f }));
    }

    [Test]
    public void ParametersAndVectorsAreConvertedToEachOther()
    {
        using var module = new Affine(2, 1);
        using var vector = parameters_to_vector(module.parameters());
        Assert.That(vector.data<float>().ToArray(), Is.EqualTo(new[] { 2f, 2, 2, 1, 1, 1 }));
        vector_to_parameters(arange(6, dtype: float32), module.parameters());
        Assert.That(module.shift.data<float>().ToArray(), Is.EqualTo(new[] { 3f, 4, 5 }));
        Assert.That(() => vector_to_parameters(ones(5), module.parameters()), Throws.InstanceOf<Exception>());
    }

    [Test]
    public void AConvolutionAndItsBatchNormalizationBecomeOneConvolution()
    {
        manual_seed(1);
        using var scope = NewDisposeScope();
        var (weight, bias, x) = (randn(4, 2, 3, 3), randn(4), randn(2, 2, 5, 5));
        var (mean, variance, gamma, beta) = (randn(4), rand(4) + 0.5, randn(4), randn(4));
        var expected = nn.functional.batch_norm(nn.functional.conv2d(x, weight, bias), mean, variance, gamma, beta, training: false);
        var (fusedWeight, fusedBias) = fuse_conv_bn_weights(weight, bias, mean, variance, 1e-5, gamma, beta);
        Assert.That(nn.functional.conv2d(x, fusedWeight, fusedBias).allclose(expected, 1e-4, 1e-5), Is.True);
    }

    [Test]
    public void ALinearLayerAndItsBatchNormalizationBecomeOneLinearLayer()
    {
        manual_seed(2);
        using var linear = nn.Linear(3, 4);
        using var normalization = nn.BatchNorm1d(4);
        using var x = randn(8, 3);
        for (var i = 0; i < 3; i++) normalization.call(linear.call(x));
        Assert.That(() => fuse_linear_bn_eval(linear, normalization), Throws.InvalidOperationException);
        linear.eval();
        normalization.eval();
        using var fused = fuse_linear_bn_eval(linear, normalization);
        Assert.That(fused.call(x).allclose(normalization.call(linear.call(x)), 1e-4, 1e-5), Is.True);
    }

    [Test]
    public void SequencesArePaddedBesideEachOther()
    {
        using var padded = rnn.pad_sequence([arange(3, dtype: float32), arange(1, dtype: float32)], batch_first: true, padding_value: -1);
        Assert.That(padded.shape, Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(padded.data<float>().ToArray(), Is.EqualTo(new[] { 0f, 1, 2, 0, -1, -1 }));
    }

    [Test]
    public void PackedSequencesAreOneStepOfAllAfterTheOther()
    {
        using var packed = rnn.pack_sequence([tensor(new[] { 1f, 2, 3 }), tensor(new[] { 10f, 20 })]);
        Assert.That(packed.data.data<float>().ToArray(), Is.EqualTo(new[] { 1f, 10, 2, 20, 3 }));
        Assert.That(packed.batch_sizes.data<long>().ToArray(), Is.EqualTo(new long[] { 2, 2, 1 }));
    }

    [Test]
    public void PackedSequencesOfAnyOrderComeBackInIt()
    {
        using var packed = rnn.pack_sequence([tensor(new[] { 10f }), tensor(new[] { 1f, 2, 3 })], enforce_sorted: false);
        Assert.That(packed.data.data<float>().ToArray(), Is.EqualTo(new[] { 1f, 10, 2, 3 }));
        var (padded, lengths) = rnn.pad_packed_sequence(packed, batch_first: true, padding_value: 9, total_length: 4);
        Assert.That(padded.data<float>().ToArray(), Is.EqualTo(new[] { 10f, 9, 9, 9, 1, 2, 3, 9 }));
        Assert.That(lengths.data<long>().ToArray(), Is.EqualTo(new long[] { 1, 3 }));
    }

    [Test]
    public void APackedSequenceIsDisposedWithItsScope()
    {
        rnn.PackedSequence inside, moved;
        using (NewDisposeScope())
        {
            inside = rnn.pack_sequence([ones(2)]);
            moved = rnn.pack_sequence([ones(2)]).MoveToOuterDisposeScope();
        }

        Assert.That(inside.data.IsInvalid, Is.True);
        Assert.That(moved.data.IsInvalid, Is.False);
        moved.Dispose();
        Assert.That(moved.data.IsInvalid, Is.True);
    }
}
