using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Torch.Layers.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lrp.Tests.Torch.Layers;

public sealed class PoolingTests
{
    [SetUp]
    public void Seed() => manual_seed(4);

    private static double[] Windows(
        Tensor x, int kernel, int stride, int padding, int dilation, Func<IReadOnlyList<double>, double> join)
    {
        int h = (int)x.size(2), w = (int)x.size(3);
        int outH = (h + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
        int outW = (w + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
        double[] values = Of(x);
        var result = new List<double>();
        for (int plane = 0; plane < x.size(0) * x.size(1); plane++)
        {
            for (int i = 0; i < outH; i++)
            {
                for (int j = 0; j < outW; j++)
                {
                    var window = new List<double>();
                    for (int a = 0; a < kernel; a++)
                    {
                        for (int b = 0; b < kernel; b++)
                        {
                            int y = i * stride - padding + a * dilation, z = j * stride - padding + b * dilation;
                            if (y >= 0 && y < h && z >= 0 && z < w)
                            {
                                window.Add(values[(plane * h + y) * w + z]);
                            }
                        }
                    }

                    result.Add(join(window));
                }
            }
        }

        return [.. result];
    }

    [TestCase(2, 2, 0, 1)]
    [TestCase(3, 1, 1, 1)]
    [TestCase(2, 2, 1, 2)]
    public void MaxPoolTakesTheGreatest(int kernel, int stride, int padding, int dilation)
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(2, 3, 6, 7);
        AreClose(
            MaxPool2d(kernel, stride, padding, dilation).call(x),
            Windows(x, kernel, stride, padding, dilation, window => window.Max()));
    }

    [Test]
    public void AvgPoolCountsThePaddingOrNot()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(1, 2, 5, 5);
        AreClose(AvgPool2d(3, 2, 1).call(x), Windows(x, 3, 2, 1, 1, window => window.Sum() / 9));
        AreClose(
            AvgPool2d(3, 2, 1, count_include_pad: false).call(x), Windows(x, 3, 2, 1, 1, window => window.Average()));
        AreClose(AvgPool2d(3, 2, 1, divisor_override: 2).call(x), Windows(x, 3, 2, 1, 1, window => window.Sum() / 2));
    }

    [Test]
    public void ThePropertiesSayTheWindow()
    {
        using MaxPool2d max = MaxPool2d(3);
        Assert.That(max.kernel_size, Is.EqualTo(new long[] { 3, 3 }));
        Assert.That(max.stride, Is.EqualTo(new long[] { 3, 3 }));
        using AvgPool2d average = AvgPool2d((2, 3), (1, 2));
        Assert.That(average.stride, Is.EqualTo(new long[] { 1, 2 }));
        Assert.That(average.padding, Is.Null);
    }

    [Test]
    public void OneAndThreeDimensionsAgreeWithTwo()
    {
        using var scope = NewDisposeScope();
        Tensor line = Random(1, 2, 8);
        AreClose(MaxPool1d(2).call(line), MaxPool2d((1, 2)).call(line.unsqueeze(2)).squeeze(2));
        AreClose(AvgPool1d(2).call(line), AvgPool2d((1, 2)).call(line.unsqueeze(2)).squeeze(2));
        Tensor volume = Random(1, 2, 1, 4, 4);
        AreClose(MaxPool3d((1, 2, 2)).call(volume), MaxPool2d(2).call(volume.squeeze(2)).unsqueeze(2));
        AreClose(AvgPool3d((1, 2, 2)).call(volume), AvgPool2d(2).call(volume.squeeze(2)).unsqueeze(2));
    }

    [Test]
    public void UnpoolingPutsTheGreatestBack()
    {
        using var scope = NewDisposeScope();
        Tensor x = tensor(new[] { 1.0, 5, 2, 3 }).view(1, 1, 4);
        (Tensor values, Tensor indices) = MaxPool1d(2).forward_with_indices(x);
        AreClose(values, [5, 3]);
        AreClose(indices, [1, 3]);
        AreClose(MaxUnpool1d(2).call(values, indices), [0, 5, 0, 3]);
        AreClose(MaxUnpool1d(2).call(values, indices, [5]), [0, 5, 0, 3, 0]);
    }

    [Test]
    public void MaxUnpool2dPutsTheGreatestBack()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(1, 1, 4, 4).abs();
        (Tensor values, Tensor indices) = MaxPool2d(2).forward_with_indices(x);
        Tensor back = MaxUnpool2d(2).call(values, indices);
        AreClose(MaxPool2d(2).call(back), values);
        Assert.That(Of(back).Count(v => v != 0), Is.EqualTo(4));
    }

    [Test]
    public void AdaptivePoolsMakeTheSizeAskedFor()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(1, 2, 6, 6);
        AreClose(AdaptiveAvgPool2d(3).call(x), AvgPool2d(2).call(x));
        AreClose(AdaptiveMaxPool2d([2, 3]).call(x), MaxPool2d((3, 2)).call(x));
        AreClose(AdaptiveAvgPool2d((1, 1)).call(x), x.mean([2L, 3L], keepdim: true));
        Assert.That(AdaptiveMaxPool1d(3).call(Random(1, 2, 7)).shape, Is.EqualTo(new long[] { 1, 2, 3 }));
        Assert.That(AdaptiveAvgPool3d(2).call(Random(1, 2, 4, 4, 4)).shape, Is.EqualTo(new long[] { 1, 2, 2, 2, 2 }));
    }

    [Test]
    public void LpPoolIsARootOfASumOfPowers()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(1, 2, 4, 4).abs();
        AreClose(
            LPPool2d(3, 2).call(x),
            Windows(x, 2, 2, 0, 1, window => Math.Pow(window.Sum(v => v * v * v), 1.0 / 3)));
        Assert.That(LPPool1d(2, 2).call(Random(1, 2, 8)).shape, Is.EqualTo(new long[] { 1, 2, 4 }));
    }

    [Test]
    public void FractionalMaxPoolPicksEntriesOfItsInput()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(1, 1, 8, 8);
        (Tensor values, Tensor indices) = FractionalMaxPool2d(2, output_size: 3).forward_with_indices(x);
        Assert.That(values.shape, Is.EqualTo(new long[] { 1, 1, 3, 3 }));
        AreClose(x.flatten().index_select(0, indices.flatten()), Of(values));
        Assert.Throws<ArgumentNullException>(() => FractionalMaxPool2d(2));
    }

    [Test]
    public void CeilModeKeepsTheLastPartialWindow()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(1, 1, 5);
        Assert.That(MaxPool1d(2).call(x).size(2), Is.EqualTo(2));
        Assert.That(MaxPool1d(2, ceil_mode: true).call(x).size(2), Is.EqualTo(3));
    }
}
