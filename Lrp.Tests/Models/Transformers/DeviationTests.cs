using Lrp.Models.Methods;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Transformers;

/// <summary>The factor by which layer normalization scales, as rules compute it.</summary>
[TestFixture]
public sealed class DeviationTests
{
    [TestCase(ScalarType.Float16)]
    [TestCase(ScalarType.BFloat16)]
    public void SquaresThatHalfPrecisionCannotHoldAreHeld(ScalarType dtype)
    {
        var values = tensor(
            new float[,]
            {
                { 512, -512, 256, -256 },
            }
        );
        var exact = values.to_type(ScalarType.Float64).var([-1L], unbiased: false, keepdim: true).rsqrt();
        var found = Deviation.Inverse(values.to_type(dtype), [-1], 0);
        using var all = Assert.EnterMultipleScope();
        Assert.That(found.dtype, Is.EqualTo(dtype));
        Assert.That(
            found.to_type(ScalarType.Float64).item<double>(),
            Is.EqualTo(exact.item<double>()).Within(1).Percent
        );
    }
}
