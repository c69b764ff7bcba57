using System.Diagnostics;
using Lrp.Benchmarks.Cases;

namespace Lrp.Benchmarks.Measuring;

/// <summary>The time of one operation.</summary>
/// <param name="Wall">Seconds that went by.</param>
/// <param name="Processor">Seconds that all threads of this process spent on processors.</param>
internal readonly record struct Lap(double Wall, double Processor)
{
    /// <summary>Times a visit.</summary>
    /// <param name="visit">What is run.</param>
    /// <param name="repetitions">How often.</param>
    public static Lap Of(Visit visit, int repetitions)
    {
        // What earlier visits left to the collector is not this one's.
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
