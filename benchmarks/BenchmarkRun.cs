using System.Diagnostics;
using Lrp.Benchmarks.Cases;
using Lrp.Benchmarks.Measuring;
using Lrp.Benchmarks.Reporting;
using Spectre.Console;
using static TorchSharp.torch;

namespace Lrp.Benchmarks;

/// <summary>Runs measurements within a time limit and shows the progress on standard error.</summary>
internal static class BenchmarkRun
{
    // A little less than the documented times, because ending a run also takes time.
    private static readonly IReadOnlyDictionary<Extent, double> Seconds = new Dictionary<Extent, double>
    {
        [Extent.Quick] = 57,
        [Extent.Default] = 285,
        [Extent.Full] = 1750,
    };

    /// <summary>Runs the measurements one after the other.</summary>
    /// <param name="measurements">The measurements.</param>
    /// <param name="extent">The extent, which gives the time limit.</param>
    /// <param name="threads">The number of libtorch's threads.</param>
    public static Report Of(IReadOnlyList<Measurement> measurements, Extent extent, int threads)
    {
        var clock = Stopwatch.StartNew();
        var machine = Machine.This(threads);
        var budget = new Budget(Seconds[extent], () => clock.Elapsed.TotalSeconds);
        var rows = new List<Row>();
        var leftOut = new List<string>();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        Console.Error.WriteLine(machine);
        if (machine.IsBusy)
        {
            Console.Error.WriteLine(
                "Other programs use this machine: rely on processor time only, and repeat the run on an idle machine."
            );
        }

        // The display is refreshed only between rounds: a thread that draws would add to the processor time.
        var display = console
            .Progress()
            .AutoRefresh(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new ElapsedTimeColumn());
        display.Start(context =>
        {
            set_num_threads(threads);
            var all = context.AddTask("starting");
            for (var k = 0; k < measurements.Count; k++)
            {
                var measurement = measurements[k];
                var toCome = measurements.Skip(k).Sum(other => other.Share);
                void Show(double part)
                {
                    all.Description = Markup.Escape(measurement.Title);
                    all.Value = 100 * (k + part) / measurements.Count;
                    context.Refresh();
                }

                Show(0);
                var portion = budget.Portion(measurement.Share, toCome);
                var measured =
                    portion > 0
                        ? measurement.Measure(budget, portion, threads, (done, of) => Show((double)done / of))
                        : null;
                if (measured is null)
                {
                    leftOut.Add(measurement.Title);
                }

                rows.AddRange(measured ?? []);
            }

            all.Description = "done";
            all.Value = 100;
        });
        return new(machine, clock.Elapsed.TotalSeconds, Merged(rows), leftOut);
    }

    private static IReadOnlyList<Row> Merged(IReadOnlyList<Row> rows) =>
        [.. rows.GroupBy(row => row.Name).Select(same => same.Aggregate((one, other) => one.With(other)))];
}
