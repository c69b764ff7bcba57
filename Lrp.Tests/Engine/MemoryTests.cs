using Lrp.Composites;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

[TestFixture]
[NonParallelizable]
public sealed class MemoryTests
{
    [TestCase(true)]
    [TestCase(false)]
    public void TwoThousandExplanationsLeaveMemoryWhereTheTwoHundredthHadIt(bool scoped)
    {
        using var model = Networks.Convolutional(bias: true, dtype: ScalarType.Float32);
        using var registration = Presets.EpsilonGammaBox(-4, 4).Register(model);
        Explain(model, 200, scoped);
        var (native, managed) = Measure();

        Explain(model, 1800, scoped);
        var (nativeLater, managedLater) = Measure();

        Assert.Multiple(() =>
        {
            Assert.That(nativeLater - native, Is.LessThan(24L << 20), "resident bytes");
            Assert.That(managedLater - managed, Is.LessThan(2L << 20), "managed bytes");
        });
    }

    private static void Explain(nn.Module<Tensor, Tensor> model, int times, bool scoped)
    {
        for (var i = 0; i < times; i++)
        {
            using var scope = scoped ? NewDisposeScope() : null;
            using var relevance = Networks.Explain(model, Networks.Images(4, ScalarType.Float32));
        }
    }

    private static (long Native, long Managed) Measure()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        var managed = GC.GetTotalMemory(forceFullCollection: true);
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return (process.WorkingSet64, managed);
    }
}
