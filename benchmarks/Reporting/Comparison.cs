using System.Globalization;

namespace Lrp.Benchmarks.Reporting;

/// <summary>How a ratio has changed between two runs.</summary>
internal enum Change
{
    /// <summary>It has changed by at most the spreads of both runs together.</summary>
    None,

    /// <summary>It has grown by more than that.</summary>
    Worse,

    /// <summary>It has shrunk by more than that.</summary>
    Better,
}

/// <summary>The ratio of a case in an earlier run and in this one.</summary>
/// <param name="Name">The case and the measured quantity.</param>
/// <param name="Earlier">The earlier ratio.</param>
/// <param name="Now">The current ratio.</param>
internal sealed record Comparison(string Name, Ratio Earlier, Ratio Now)
{
    /// <summary>Whether the medians differ by more than the sum of both spreads.</summary>
    public Change Change =>
        (Now.Median - Earlier.Median, Earlier.Spread + Now.Spread) switch
        {
            var (difference, spread) when difference > spread => Change.Worse,
            var (difference, spread) when -difference > spread => Change.Better,
            _ => Change.None,
        };

    /// <summary>Compares the ratios of time, processor time and memory that two runs have in common.</summary>
    /// <exception cref="InvalidDataException">
    /// The runs used different numbers of threads, or have no ratio in common.
    /// </exception>
    public static IReadOnlyList<Comparison> Of(Report earlier, Report now)
    {
        if (earlier.Machine.Threads != now.Machine.Threads)
        {
            throw new InvalidDataException(
                $"The earlier run used {Machine.ThreadsText(earlier.Machine.Threads)}, "
                    + $"this one {Machine.ThreadsText(now.Machine.Threads)}; "
                    + "ratios are comparable only for the same number. Set it with --threads."
            );
        }

        var common = (
            from row in now.Rows
            join before in earlier.Rows on row.Name equals before.Name
            from pair in new[]
            {
                ("time", before.Time, row.Time),
                ("processor time", before.Processor, row.Processor),
                ("memory", before.Memory, row.Memory),
            }
            let ratios = (What: pair.Item1, Earlier: pair.Item2?.Ratio, Now: pair.Item3?.Ratio)
            where ratios.Earlier is not null && ratios.Now is not null
            select new Comparison($"{row.Name}, {ratios.What}", ratios.Earlier, ratios.Now)
        ).ToList();
        return common.Count > 0 ? common : throw new InvalidDataException("The two runs have no case in common.");
    }

    public override string ToString() => $"{Name}: {Text(Earlier)} before, {Text(Now)} now";

    private static string Text(Ratio ratio) =>
        string.Create(CultureInfo.InvariantCulture, $"{ratio.Median:F3} ({ratio.Low:F3} to {ratio.High:F3})");
}
