namespace Lrp.Benchmarks.Measuring;

/// <summary>The time limit of a whole run, and how it is divided.</summary>
/// <param name="seconds">The time limit.</param>
/// <param name="elapsed">Gets the seconds that have passed.</param>
internal sealed class Budget(double seconds, Func<double> elapsed)
{
    /// <summary>The minimum number of rounds; fewer give no meaningful spread.</summary>
    public const int FewestRounds = 3;

    /// <summary>The maximum number of rounds; more hardly change the result.</summary>
    public const int MostRounds = 25;

    /// <summary>The seconds that are left.</summary>
    public double Remaining => seconds - elapsed();

    /// <summary>The part of the remaining seconds for one measurement.</summary>
    /// <param name="share">The measurement's weight.</param>
    /// <param name="shares">The sum of the weights of all remaining measurements, this one included.</param>
    public double Portion(double share, double shares) => Math.Max(0, Remaining) * share / shares;

    /// <summary>Whether there is enough time for some rounds.</summary>
    /// <param name="remaining">The seconds left.</param>
    /// <param name="perRound">The estimated time of one round.</param>
    /// <param name="rounds">The number of rounds.</param>
    public static bool Fits(double remaining, double perRound, int rounds) => rounds * perRound <= remaining;

    /// <summary>The number of rounds of a measurement: as many as fit into its time, within the limits.</summary>
    /// <param name="portion">The seconds left for the measurement.</param>
    /// <param name="perRound">The time of one round.</param>
    public static int Rounds(double portion, double perRound) =>
        (int)Math.Clamp(portion / perRound, FewestRounds, MostRounds);

    /// <summary>How often a run is repeated within a round, so that it takes long enough to be timed.</summary>
    /// <param name="seconds">The time of one run.</param>
    public static int Repetitions(double seconds) =>
        (int)Math.Clamp(Math.Ceiling(ShortestTiming / seconds), 1, MostRepetitions);

    private const double ShortestTiming = 0.05;
    private const int MostRepetitions = 10_000;
}
