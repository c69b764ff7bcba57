using System.Diagnostics;
using static TorchSharp.torch;

namespace Lrp.Tests;

/// <summary>What a process holds after a garbage collection.</summary>
/// <param name="Tensors">Tensors with a handle, which says exactly whether one was forgotten.</param>
/// <param name="Resident">
/// Resident memory in bytes, which shows what libtorch keeps without a handle, up to what its allocator holds back.
/// </param>
internal sealed record HeldMemory(long Tensors, long Resident)
{
    private const long HeldBack = 24L << 20;

    /// <summary>Collects garbage and looks.</summary>
    public static HeldMemory Now()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        using var process = Process.GetCurrentProcess();
        return new HeldMemory(Tensor.TotalCount, process.WorkingSet64);
    }

    /// <summary>Fails when the process holds more than it did.</summary>
    public static void AssertNoMoreThan(HeldMemory before)
    {
        var now = Now();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(now.Tensors, Is.AtMost(before.Tensors), "tensors");
            Assert.That(now.Resident - before.Resident, Is.LessThan(HeldBack), "resident bytes gained");
        }
    }
}
