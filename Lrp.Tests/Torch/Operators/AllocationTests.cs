#if TORCH_SYSTEM
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Operators;

/// <summary>What a call costs in managed memory.</summary>
[NonParallelizable]
public class AllocationTests
{
    [Test]
    public void An_operator_allocates_the_tensor_it_returns_and_nothing_else()
    {
        using Tensor a = ones(4), b = ones(4);
        long forOne = BytesOf(1000, () => Tensor.UnsafeCreateTensor(new IntPtr(0)));
        Assert.That(BytesOf(1000, () => a + b), Is.LessThanOrEqualTo(forOne));
        Assert.That(BytesOf(1000, () => a * 2.0), Is.LessThanOrEqualTo(forOne));
        Assert.That(BytesOf(1000, () => a.sum(0L, keepdim: true)), Is.LessThanOrEqualTo(forOne));
    }

    [Test]
    public void An_in_place_operator_allocates_nothing()
    {
        using Tensor a = ones(4), b = ones(4);
        Assert.That(BytesOf(1000, () => a.add_(b), dispose: false), Is.Zero);
    }

    private static long BytesOf(int times, Func<Tensor> call, bool dispose = true)
    {
        long before = 0;
        for (int k = -10; k < times; k++)
        {
            if (k == 0)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            Tensor result = call();
            if (dispose)
            {
                result.Dispose();
            }
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / times;
    }
}
#endif
