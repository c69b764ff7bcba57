using System.Diagnostics;
using Lrp.Benchmarks.Cases;

namespace Lrp.Benchmarks.Measuring;

/// <summary>The time of one operation.</summary>
/// <param name="Wall">The wall time in seconds.</param>
/// <param name="Processor">The processor time of all threads of this process, in seconds.</param>
internal readonly record struct Lap(double Wall, double Processor)
{
    /// <summary>Times a visit.</summary>
    /// <param name="visit">The visit to run.</param>
    /// <param name="repetitions">How often to run it.</param>
    public static Lap Of(Visit visit, int repetitions)
    {
        // Collects the garbage of earlier visits, so that it does not count for this one.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var operations = repetitions * visit.Count;
        var processor = Environment.CpuUsage.TotalTime;
        var clock = Stopwatch.StartNew();
        for (var k = 0; k < repetitions; k++)
        {
            visit.Run();
        }

        var wall = clock.Elapsed;
        var spent = Environment.CpuUsage.TotalTime - processor;
        return new(wall.TotalSeconds / operations, spent.TotalSeconds / operations);
    }
}
