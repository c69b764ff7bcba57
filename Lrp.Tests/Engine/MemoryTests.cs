using Lrp.Composites;
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
        var before = HeldMemory.Now();

        Explain(model, 1800, scoped);
        HeldMemory.AssertNoMoreThan(before);
    }

    private static void Explain(nn.Module<Tensor, Tensor> model, int times, bool scoped)
    {
        for (var i = 0; i < times; i++)
        {
            using var scope = scoped ? NewDisposeScope() : null;
            using var relevance = Networks.Explain(model, Networks.Images(4, ScalarType.Float32));
        }
    }
}
