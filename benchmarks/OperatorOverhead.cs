using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Benchmarks;

/// <summary>What one operator call costs: a million additions of 4 elements, and what they leave behind in memory.</summary>
internal static class OperatorOverhead
{
    private const int Additions = 1_000_000;
    private const int PerScope = 1_000;

    public static void Run(Report report)
    {
        using var a = torch.tensor(new float[] { 1, 2, 3, 4 });
        using var b = torch.tensor(new float[] { 5, 6, 7, 8 });
        InScopes(a, b, Additions / 10);

        Measure(report, "a + b in dispose scopes, no gradients", () => InScopes(a, b, Additions));
        using (torch.no_grad())
        {
            Measure(report, "a + b in dispose scopes, no_grad", () => InScopes(a, b, Additions));
        }

        Measure(report, "a + b, each disposed", () => Disposed(a, b, Additions));
        Measure(report, "a + b, left to the collector", () => Unscoped(a, b, Additions));
    }

    private static void Measure(Report report, string name, Action additions)
    {
        long before = ResidentBytes();
        var clock = Stopwatch.StartNew();
        additions();
        clock.Stop();
        report.Add(name, "time an addition", clock.Elapsed.TotalMicroseconds / Additions, "µs");
        report.Add(name, "resident memory before", before / Mebibyte, "MiB");
        report.Add(name, "resident memory after", ResidentBytes() / Mebibyte, "MiB");
    }

    private static void InScopes(Tensor a, Tensor b, int count)
    {
        for (int done = 0; done < count; done += PerScope)
        {
            using var scope = torch.NewDisposeScope();
            for (int i = 0; i < PerScope; i++)
            {
                _ = a + b;
            }
        }
    }

    private static void Disposed(Tensor a, Tensor b, int count)
    {
        for (int i = 0; i < count; i++)
        {
            using var sum = a + b;
        }
    }

    private static void Unscoped(Tensor a, Tensor b, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _ = a + b;
        }
    }

    /// <summary>The process's memory, native allocations included, after a collection.</summary>
    private static long ResidentBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private const double Mebibyte = 1024 * 1024;
}
