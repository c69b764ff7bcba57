using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Torch.Layers.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lrp.Tests.Torch.Layers;

public sealed class ConvolutionTests
{
    [SetUp]
    public void Seed() => manual_seed(2);

    /// <summary>A convolution in loops over every index, in three dimensions (sizes 1 where there are fewer).</summary>
    private static double[] Loops(
        Tensor x, Tensor weight, Tensor? bias, long[] stride, long[] padding, long[] dilation, long groups)
    {
        long n = x.size(0), outputs = weight.size(0), perGroup = weight.size(1);
        long[] size = x.shape[2..], kernel = weight.shape[2..];
        long[] outSize = [.. size.Select((s, d) => (s + 2 * padding[d] - dilation[d] * (kernel[d] - 1) - 1) / stride[d] + 1)];
        double[] values = Of(x), weights = Of(weight), biases = bias is null ? new double[outputs] : Of(bias);
        var result = new List<double>();
        for (long sample = 0; sample < n; sample++)
        {
            for (long o = 0; o < outputs; o++)
            {
                long firstChannel = o / (outputs / groups) * perGroup;
                foreach (long[] at in Positions(outSize))
                {
                    double sum = biases[o];
                    for (long c = 0; c < perGroup; c++)
                    {
                        foreach (long[] k in Positions(kernel))
                        {
                            long[] from = [.. at.Select((p, d) => p * stride[d] - padding[d] + k[d] * dilation[d])];
                            if (from.Where((p, d) => p < 0 || p >= size[d]).Any())
                            {
                                continue;
                            }

                            sum += values[Flat(x.shape, [sample, firstChannel + c, .. from])] * weights[Flat(weight.shape, [o, c, .. k])];
                        }
                    }

                    result.Add(sum);
                }
            }
        }

        return [.. result];
    }

    private static IEnumerable<long[]> Positions(long[] size) =>
        size.Aggregate(
            (IEnumerable<long[]>)[[]],
            (heads, s) => heads.SelectMany(head => Enumerable.Range(0, (int)s).Select(p => (long[])[.. head, p])));

    private static long Flat(long[] shape, long[] at) => at.Select((p, d) => (p, d)).Aggregate(0L, (sum, a) => sum * shape[a.d] + a.p);

    [TestCase(1, 0, 1, 1, true)]
    [TestCase(2, 1, 1, 1, false)]
    [TestCase(1, 2, 2, 2, true)]
    [TestCase(3, 1, 2, 4, true)]
    public void Conv1dIsASumOverTheWindow(long stride, long padding, long dilation, long groups, bool bias)
    {
        using var scope = NewDisposeScope();
        Conv1d conv = Conv1d(4, 8, 3, stride, padding, dilation, groups: groups, bias: bias, dtype: ScalarType.Float64);
        Tensor x = Random(2, 4, 9);
        AreClose(conv.call(x), Loops(x, conv.weight, conv.bias, [stride], [padding], [dilation], groups));
    }

    [TestCase(1, 0, 1, 1)]
    [TestCase(2, 1, 1, 2)]
    [TestCase(1, 2, 2, 4)]
    public void Conv2dIsASumOverTheWindow(long stride, long padding, long dilation, long groups)
    {
        using var scope = NewDisposeScope();
        Conv2d conv = Conv2d(4, 8, 3, stride, padding, dilation, groups: groups, dtype: ScalarType.Float64);
        Tensor x = Random(2, 4, 7, 6);
        AreClose(
            conv.call(x), Loops(x, conv.weight, conv.bias, [stride, stride], [padding, padding], [dilation, dilation], groups));
    }

    [Test]
    public void Conv2dHasItsOwnSizesADimension()
    {
        using var scope = NewDisposeScope();
        Conv2d conv = Conv2d(2, 3, (3, 2), stride: (2, 1), padding: (1, 0), dilation: (1, 2), dtype: ScalarType.Float64);
        Tensor x = Random(1, 2, 7, 6);
        AreClose(conv.call(x), Loops(x, conv.weight, conv.bias, [2, 1], [1, 0], [1, 2], 1));
        Assert.That(conv.kernel_size, Is.EqualTo(new long[] { 3, 2 }));
        Assert.That(conv.stride, Is.EqualTo(new long[] { 2, 1 }));
        Assert.That(conv.padding, Is.EqualTo(new long[] { 1, 0 }));
        Assert.That(conv.dilation, Is.EqualTo(new long[] { 1, 2 }));
    }

    [Test]
    public void Conv3dIsASumOverTheWindow()
    {
        using var scope = NewDisposeScope();
        Conv3d conv = Conv3d(2, 3, (2, 3, 2), stride: (1, 2, 1), padding: (1, 1, 0), dtype: ScalarType.Float64);
        Tensor x = Random(1, 2, 4, 5, 3);
        AreClose(conv.call(x), Loops(x, conv.weight, conv.bias, [1, 2, 1], [1, 1, 0], [1, 1, 1], 1));
    }

    [Test]
    public void PaddingSameKeepsTheSize()
    {
        using var scope = NewDisposeScope();
        Conv2d conv = Conv2d(1, 1, 3, Padding.Same, dtype: ScalarType.Float64);
        Tensor x = Random(1, 1, 5, 4);
        AreClose(conv.call(x), Loops(x, conv.weight, conv.bias, [1, 1], [1, 1], [1, 1], 1));
        Assert.That(conv.padding, Is.Null);
        Assert.That(conv.padding_type, Is.EqualTo(Padding.Same));
    }

    [Test]
    public void PaddingValidIsNone()
    {
        using var scope = NewDisposeScope();
        Conv1d conv = Conv1d(1, 1, 3, Padding.Valid, dtype: ScalarType.Float64);
        Tensor x = Random(1, 1, 5);
        AreClose(conv.call(x), Loops(x, conv.weight, conv.bias, [1], [0], [1], 1));
    }

    [TestCase(PaddingModes.Circular, new[] { 3.0, 4.0, 1.0, 2.0, 3.0, 4.0, 1.0, 2.0 })]
    [TestCase(PaddingModes.Reflect, new[] { 3.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 2.0 })]
    [TestCase(PaddingModes.Replicate, new[] { 1.0, 1.0, 1.0, 2.0, 3.0, 4.0, 4.0, 4.0 })]
    public void OtherPaddingModesContinueTheInput(PaddingModes mode, double[] continued)
    {
        using var scope = NewDisposeScope();
        Conv1d conv = Conv1d(1, 1, 5, padding: 2, padding_mode: mode, dtype: ScalarType.Float64);
        Tensor x = tensor(new[] { 1.0, 2.0, 3.0, 4.0 }).view(1, 1, 4);
        Tensor wide = tensor(continued).view(1, 1, 8);
        AreClose(conv.call(x), Loops(wide, conv.weight, conv.bias, [1], [0], [1], 1));
    }

    [Test]
    public void TheBatchDimensionMayBeMissing()
    {
        using var scope = NewDisposeScope();
        Conv2d conv = Conv2d(2, 3, 3, dtype: ScalarType.Float64);
        Tensor x = Random(2, 5, 5);
        AreClose(conv.call(x), conv.call(x.unsqueeze(0)).squeeze(0));
    }

    [Test]
    public void ATransposedConvolutionIsTheGradientOfAConvolution()
    {
        using var scope = NewDisposeScope();
        ConvTranspose2d transposed = ConvTranspose2d(
            3, 2, 3, stride: 2, padding: 1, output_padding: 1, bias: false, dtype: ScalarType.Float64);
        Tensor x = Random(1, 3, 4, 4);
        Tensor image = Random(1, 2, 8, 8).requires_grad_();
        Tensor convolved = functional.conv2d(image, transposed.weight, null, [2, 2], [1, 1]);
        (convolved * x).sum().backward();
        AreClose(transposed.call(x), image.grad!);
    }

    [Test]
    public void ATransposedConvolutionReachesTheSizeAskedFor()
    {
        using var scope = NewDisposeScope();
        ConvTranspose1d transposed = ConvTranspose1d(1, 1, 3, stride: 2);
        Tensor x = ones(1, 1, 4);
        Assert.That(transposed.forward(x, [10]).shape, Is.EqualTo(new long[] { 1, 1, 10 }));
        Assert.That(transposed.forward(x, [1, 1, 9]).shape, Is.EqualTo(new long[] { 1, 1, 9 }));
        Assert.Throws<ArgumentException>(() => transposed.forward(x, [12]));
    }

    [Test]
    public void ConvTranspose3dAddsItsBias()
    {
        using var scope = NewDisposeScope();
        ConvTranspose3d transposed = ConvTranspose3d(1, 1, 2, dtype: ScalarType.Float64);
        Tensor y = transposed.call(zeros([1L, 1, 2, 2, 2], dtype: ScalarType.Float64));
        Assert.That(y.shape, Is.EqualTo(new long[] { 1, 1, 3, 3, 3 }));
        Assert.That(Of(y), Is.All.EqualTo(At(transposed.bias!, 0)));
    }

    [Test]
    public void ConvolutionsHavePyTorchsNamesAndShapes()
    {
        using var scope = NewDisposeScope();
        HasParameters(Conv1d(4, 6, 3, groups: 2), ("weight", [6, 2, 3]), ("bias", [6]));
        HasParameters(Conv2d(4, 6, (3, 5), bias: false), ("weight", [6, 4, 3, 5]));
        HasParameters(Conv3d(1, 2, 3), ("weight", [2, 1, 3, 3, 3]), ("bias", [2]));
        HasParameters(ConvTranspose2d(4, 6, 3, groups: 2), ("weight", [4, 3, 3, 3]), ("bias", [6]));
    }

    [Test]
    public void AWrongNumberOfChannelsIsNamed()
    {
        using Conv2d conv = Conv2d(3, 4, 3);
        using Tensor x = ones(1, 5, 8, 8);
        Assert.That(
            () => conv.call(x),
            Throws.ArgumentException.With.Message.Contains("Conv2d").And.Message.Contains("3 channels"));
    }

    [Test]
    public void TransposedConvolutionsPadWithZerosOnly() =>
        Assert.Throws<ArgumentException>(() => ConvTranspose2d(1, 1, 3, padding_mode: PaddingModes.Reflect));

    [Test]
    public void PaddingSameNeedsStrideOne() => Assert.Throws<ArgumentException>(() => Conv2d(1, 1, 3, Padding.Same, stride: 2));

    [Test]
    public void FoldSumsWhatUnfoldCutsOut()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(1, 2, 4, 5);
        Tensor columns = Unfold(2).call(x);
        Assert.That(columns.shape, Is.EqualTo(new long[] { 1, 8, 12 }));
        Assert.That(At(columns, 0, 1, 0), Is.EqualTo(At(x, 0, 0, 0, 1)));
        Tensor count = Fold((4, 5), (2, 2)).call(ones_like(columns));
        AreClose(Fold((4, 5), (2, 2)).call(columns), x * count);
    }
}
