using System.Globalization;

namespace Lrp.Benchmarks.Reporting;

/// <summary>How a ratio has changed.</summary>
internal enum Change
{
    /// <summary>By no more than the spreads of both.</summary>
    None,

    /// <summary>It has grown by more than that.</summary>
    Worse,

    /// <summary>It has shrunk by more than that.</summary>
    Better,
}

/// <summary>A ratio in an earlier run and in this one.</summary>
/// <param name="Name">The case and what was measured of it.</param>
/// <param name="Earlier">The earlier ratio.</param>
/// <param name="Now">The present one.</param>
internal sealed record Comparison(string Name, Ratio Earlier, Ratio Now)
{
    /// <summary>Whether the medians differ by more than both spreads together.</summary>
    public Change Change => (Now.Median - Earlier.Median, Earlier.Spread + Now.Spread) switch
    {
        var (difference, spread) when difference > spread => Change.Worse,
        var (difference, spread) when -difference > spread => Change.Better,
        _ => Change.None,
    };

    /// <summary>Compares the ratios of time, processor time and memory that two runs have in common.</summary>
    /// <exception cref="InvalidDataException">They used different numbers of threads, or share no ratio.</exception>
    public static IReadOnlyList<Comparison> Of(Report earlier, Report now)
    {
        if (earlier.Machine.Threads != now.Machine.Threads)
        {
            throw new InvalidDataException(
                $"The earlier run used {Machine.ThreadsText(earlier.Machine.Threads)}, "
                + $"this one {Machine.ThreadsText(now.Machine.Threads)}; "
                + "ratios are only comparable at the same number. Choose it with --threads.");
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
            select new Comparison($"{row.Name}, {ratios.What}", ratios.Earlier, ratios.Now)).ToList();
        return common.Count > 0 ? common : throw new InvalidDataException("The two runs have no case in common.");
    }

    public override string ToString() => $"{Name}: {Text(Earlier)} before, {Text(Now)} now";

    private static string Text(Ratio ratio) =>
        string.Create(CultureInfo.InvariantCulture, $"{ratio.Median:F3} ({ratio.Low:F3} to {ratio.High:F3})");
}
