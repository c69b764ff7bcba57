namespace Lrp.Benchmarks.Measuring;

/// <summary>The time a whole run may take, and how it is divided.</summary>
/// <param name="seconds">All of it.</param>
/// <param name="elapsed">How much has gone by.</param>
internal sealed class Budget(double seconds, Func<double> elapsed)
{
    /// <summary>With fewer rounds there is no spread to speak of.</summary>
    public const int FewestRounds = 3;

    /// <summary>With more rounds hardly anything changes.</summary>
    public const int MostRounds = 25;

    /// <summary>The seconds that are left.</summary>
    public double Remaining => seconds - elapsed();

    /// <summary>The seconds of what is left that one measurement gets.</summary>
    /// <param name="share">Its share.</param>
    /// <param name="shares">The shares of all measurements to come, its own included.</param>
    public double Portion(double share, double shares) => Math.Max(0, Remaining) * share / shares;

    /// <summary>Whether there is time for some rounds.</summary>
    /// <param name="remaining">The seconds left.</param>
    /// <param name="perRound">What one round takes, as far as is known.</param>
    /// <param name="rounds">How many rounds.</param>
    public static bool Fits(double remaining, double perRound, int rounds) => rounds * perRound <= remaining;

    /// <summary>How many rounds a measurement gets: as many as fit its portion, within bounds.</summary>
    /// <param name="portion">The seconds that are left of the portion.</param>
    /// <param name="perRound">What one round takes.</param>
    public static int Rounds(double portion, double perRound) =>
        (int)Math.Clamp(portion / perRound, FewestRounds, MostRounds);

    /// <summary>How often a run is repeated within a round, to be long enough to be timed.</summary>
    /// <param name="seconds">What one run took.</param>
    public static int Repetitions(double seconds) =>
        (int)Math.Clamp(Math.Ceiling(ShortestTiming / seconds), 1, MostRepetitions);

    private const double ShortestTiming = 0.05;
    private const int MostRepetitions = 10_000;
}
