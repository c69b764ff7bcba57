using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Torch.Layers.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lrp.Tests.Torch.Layers;

public sealed class RegularizationAndShapeTests
{
    [SetUp]
    public void Seed() => manual_seed(8);

    [Test]
    public void DropoutZerosSomeAndScalesTheRestWhileTraining()
    {
        using var scope = NewDisposeScope();
        Dropout dropout = Dropout(0.25);
        double[] y = Of(dropout.call(ones([10000L], dtype: ScalarType.Float64)));
        Assert.That(y.Distinct().Order(), Is.EqualTo(new[] { 0, 1 / 0.75 }).Within(1e-12));
        Assert.That(y.Count(v => v == 0), Is.EqualTo(2500).Within(200));
    }

    [Test]
    public void DropoutDoesNothingInEvaluation()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(50);
        foreach (Module<Tensor, Tensor> module in new Module<Tensor, Tensor>[] { Dropout(), AlphaDropout(), FeatureAlphaDropout() })
        {
            module.eval();
            AreClose(module.call(x.view(5, 10)), Of(x));
        }
    }

    [Test]
    public void ChannelDropoutDropsWholeChannels()
    {
        using var scope = NewDisposeScope();
        double[] y = Of(Dropout2d().call(ones([1L, 100, 3, 3], dtype: ScalarType.Float64)));
        Assert.That(y.Chunk(9).All(channel => channel.Distinct().Count() == 1));
        Assert.That(y.Distinct().Order(), Is.EqualTo(new double[] { 0, 2 }));
        Assert.Throws<ArgumentException>(() => Dropout1d().call(ones(2, 3)));
    }

    [Test]
    public void InPlaceDropoutChangesItsInput()
    {
        using var scope = NewDisposeScope();
        Tensor x = ones(100);
        Dropout(0.5, inplace: true).call(x);
        Assert.That(Of(x), Has.Some.Zero);
    }

    [Test]
    public void PadsContinueTheInput()
    {
        using var scope = NewDisposeScope();
        Tensor x = tensor(new[] { 1.0, 2, 3 }).view(1, 1, 3);
        AreClose(ConstantPad1d((2, 1), 7).call(x), [7, 7, 1, 2, 3, 7]);
        AreClose(ReflectionPad1d(2).call(x), [3, 2, 1, 2, 3, 2, 1]);
        AreClose(ReplicationPad1d((1, 2)).call(x), [1, 1, 2, 3, 3, 3]);
        Tensor image = Random(1, 1, 2, 2);
        Tensor padded = ZeroPad2d((1, 2, 0, 3)).call(image);
        Assert.That(padded.shape, Is.EqualTo(new long[] { 1, 1, 5, 5 }));
        Assert.That(At(padded, 0, 0, 1, 2), Is.EqualTo(At(image, 0, 0, 1, 1)));
    }

    [Test]
    public void PixelShuffleAndUnshuffleAreInverse()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(1, 8, 2, 3);
        Tensor wide = PixelShuffle(2).call(x);
        Assert.That(wide.shape, Is.EqualTo(new long[] { 1, 2, 4, 6 }));
        Assert.That(At(wide, 0, 0, 0, 1), Is.EqualTo(At(x, 0, 1, 0, 0)));
        AreClose(PixelUnshuffle(2).call(wide), x);
    }

    [Test]
    public void ChannelShuffleInterleavesGroups()
    {
        using var scope = NewDisposeScope();
        Tensor x = tensor(new[] { 0.0, 1, 2, 3 }).view(1, 4, 1, 1);
        AreClose(ChannelShuffle(2).call(x), [0, 2, 1, 3]);
    }

    [Test]
    public void NearestUpsamplingRepeatsEntries()
    {
        using var scope = NewDisposeScope();
        Upsample upsample = Upsample(scale_factor: [2]);
        AreClose(upsample.call(tensor(new[] { 1.0, 2 }).view(1, 1, 2)), [1, 1, 2, 2]);
        Assert.That(upsample.size.Length, Is.Zero);
        Assert.That(upsample.scale_factor[0], Is.EqualTo(2));
    }

    [Test]
    public void BilinearUpsamplingInterpolates()
    {
        using var scope = NewDisposeScope();
        Upsample upsample = Upsample(size: [1, 3], mode: UpsampleMode.Bilinear, align_corners: true);
        AreClose(upsample.call(tensor(new[] { 1.0, 2 }).view(1, 1, 1, 2)), [1, 1.5, 2]);
    }

    [Test]
    public void DistancesFollowTheirFormulas()
    {
        using var scope = NewDisposeScope();
        Tensor a = tensor(new[] { 1.0, 2, 3, 4 }).view(2, 2), b = tensor(new[] { 2.0, 0, 3, 8 }).view(2, 2);
        AreClose(
            CosineSimilarity().call(a, b),
            [2 / (Math.Sqrt(5) * 2), (9 + 32) / (5 * Math.Sqrt(73))], 1e-7);
        AreClose(PairwiseDistance(eps: 0).call(a, b), [Math.Sqrt(5), 4], 1e-7);
    }
}
