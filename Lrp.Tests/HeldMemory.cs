using static TorchSharp.torch;

namespace Lrp.Tests;

/// <summary>What a process holds after a garbage collection.</summary>
/// <param name="Tensors">Tensors with a handle, which says exactly whether one was forgotten.</param>
/// <param name="Native">Bytes of <see cref="NativeHeap"/>, which show what libtorch keeps without a handle.</param>
internal sealed record HeldMemory(long Tensors, long Native)
{
    /// <summary>What the runtime takes for code that it compiles, at most.</summary>
    private const long Compiled = 24L << 20;

    /// <summary>Collects garbage and looks.</summary>
    public static HeldMemory Now()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return new HeldMemory(Tensor.TotalCount, NativeHeap.BytesInUse());
    }

    /// <summary>Fails when the process holds more than it did.</summary>
    public static void AssertNoMoreThan(HeldMemory before)
    {
        var now = Now();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(now.Tensors, Is.AtMost(before.Tensors), "tensors");
            Assert.That(now.Native - before.Native, Is.LessThan(Compiled), "native bytes gained");
        }
    }
}
