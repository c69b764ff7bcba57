using static TorchSharp.torch;

namespace Lrp.Tests.TorchSharpBehaviour;

/// <summary>Reference cases with Hardtanh run its in-place form, for the reason that is seen here.</summary>
public class HardtanhTests
{
    [Test]
    public void OutOfPlaceItReturnsItsInput()
    {
        using var scope = NewDisposeScope();
        var input = tensor(new[] { -2.0, 0.5, 3 });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(nn.Hardtanh().call(input).data<double>().ToArray(), Is.EqualTo(new[] { -2.0, 0.5, 3 }));
            Assert.That(
                nn.Hardtanh(inplace: true).call(input.clone()).data<double>().ToArray(),
                Is.EqualTo(new[] { -1.0, 0.5, 1 })
            );
        }
    }
}
