using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Layers;

/// <summary>Random doubles, and comparisons with numbers from plain loops.</summary>
internal static class Numbers
{
    internal static Tensor Random(params long[] shape) => randn(shape, dtype: ScalarType.Float64);

    internal static double[] Of(Tensor tensor)
    {
        using Tensor dense = tensor.detach().to(ScalarType.Float64).contiguous();
        return dense.data<double>().ToArray();
    }

    internal static double At(Tensor tensor, params long[] position)
    {
        long[] shape = tensor.shape;
        long flat = 0;
        for (int d = 0; d < shape.Length; d++)
        {
            flat = flat * shape[d] + position[d];
        }

        return Of(tensor)[flat];
    }

    internal static void AreClose(Tensor actual, double[] expected, double tolerance = 1e-10)
    {
        double[] numbers = Of(actual);
        Assert.That(numbers, Has.Length.EqualTo(expected.Length));
        Assert.That(numbers, Is.EqualTo(expected).Within(tolerance));
    }

    internal static void AreClose(Tensor actual, Tensor expected, double tolerance = 1e-10)
    {
        Assert.That(actual.shape, Is.EqualTo(expected.shape));
        AreClose(actual, Of(expected), tolerance);
    }

    internal static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    internal static void HasParameters(nn.Module module, params (string Name, long[] Shape)[] expected)
    {
        var actual = module.state_dict();
        Assert.That(actual.Keys, Is.EqualTo(expected.Select(e => e.Name)));
        foreach ((string name, long[] shape) in expected)
        {
            Assert.That(actual[name].shape, Is.EqualTo(shape), name);
        }
    }
}
