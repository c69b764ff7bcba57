using Lrp.Benchmarks.Cases;
using Lrp.Benchmarks.Reporting;

namespace Lrp.Benchmarks.Measuring;

/// <summary>A quantity that is measured for a group.</summary>
internal enum Quantity
{
    /// <summary>Wall and processor time.</summary>
    Time,

    /// <summary>Peak resident memory.</summary>
    Memory,
}

/// <summary>
/// The measurement of one quantity for cases of a group. Each round runs the baseline and then every case.
/// </summary>
/// <param name="Group">The group.</param>
/// <param name="Cases">The group's cases to measure.</param>
/// <param name="Quantity">The quantity to measure.</param>
internal sealed record Measurement(Group Group, IReadOnlyList<Case> Cases, Quantity Quantity)
{
    // A first run compiles code and fills caches. If the warm run could be too short to be timed alone, it is run
    // again.
    private const double ColdOverWarm = 20;

    /// <summary>The weight of this measurement when the run's time is divided.</summary>
    public double Share => Quantity == Quantity.Time ? Group.TimeShare : Group.MemoryShare;

    /// <summary>The title in progress and messages.</summary>
    public string Title => Quantity == Quantity.Time ? Group.Name : $"{Group.Name}, memory";

    private IReadOnlyList<string> Names => [Group.Plain, .. Cases.Select(row => row.Name)];

    /// <summary>Runs the measurement.</summary>
    /// <param name="budget">The run's time limit.</param>
    /// <param name="portion">The seconds for this measurement.</param>
    /// <param name="threads">The number of libtorch's threads.</param>
    /// <param name="progress">Receives the number of finished rounds and the total number.</param>
    /// <returns>One row per case; null if there was not enough time.</returns>
    public IReadOnlyList<Row>? Measure(Budget budget, double portion, int threads, Action<int, int> progress)
    {
        var end = budget.Remaining - portion;
        return Quantity == Quantity.Time
            ? MeasureTime(budget, end, progress)
            : MeasureMemory(budget, threads, progress);
    }

    private List<Row>? MeasureTime(Budget budget, double end, Action<int, int> progress)
    {
        using var subject = Group.Prepare();
        var repetitions = Names.ToDictionary(name => name, _ => 1);
        if (WarmUp(subject, repetitions, budget) is not { } perRound)
        {
            return null;
        }

        var rounds = Budget.Rounds(budget.Remaining - end, perRound);
        var laps = new List<Dictionary<string, Lap>>();
        bool HasTime() => laps.Count < Budget.FewestRounds || Budget.Fits(budget.Remaining - end, perRound, 1);
        while (laps.Count < rounds && HasTime())
        {
            progress(laps.Count, rounds);
            if (Round(subject, repetitions, budget) is not { } round)
            {
                break;
            }

            laps.Add(round);
        }

        if (laps.Count < Budget.FewestRounds)
        {
            return null;
        }

        return [.. Cases.Select(row => Timed(row, laps) with { Note = Note(subject, row) })];
    }

    private string? Note(ISubject subject, Case row)
    {
        var plain = subject.Note(Group.Plain) is { } note ? $" ({Group.Plain}: {note})" : "";
        return subject.Note(row.Name) is { } own ? own + plain : null;
    }

    private Row Timed(Case row, IReadOnlyList<Dictionary<string, Lap>> laps)
    {
        Lap[] own = [.. laps.Select(round => round[row.Name])],
            plain = [.. laps.Select(round => round[Group.Plain])];
        return new(Group.Name, Group.NameOf(row), Group.Plain)
        {
            Time = Compared.Of(own, plain, lap => lap.Wall),
            Processor = Compared.Of(own, plain, lap => lap.Processor),
        };
    }

    // Runs all in turn; null if the run's time ends before all have run.
    private Dictionary<string, Lap>? Round(
        ISubject subject,
        IReadOnlyDictionary<string, int> repetitions,
        Budget budget
    )
    {
        var laps = new Dictionary<string, Lap>();
        foreach (var name in Names)
        {
            if (budget.Remaining <= 0)
            {
                return null;
            }

            using var visit = subject.Open(name);
            laps[name] = Lap.Of(visit, repetitions[name]);
        }

        return laps;
    }

    // Warm-up rounds that are not counted: one with single runs, and a second one if single runs are too short to be
    // timed. Returns the time of the last one; null if the remaining time is too short for the minimum number of
    // rounds.
    private double? WarmUp(ISubject subject, Dictionary<string, int> repetitions, Budget budget)
    {
        var start = budget.Remaining;
        foreach (var name in Names)
        {
            using var visit = subject.Open(name);
            var cold = Lap.Of(visit, 1).Processor * visit.Count;
            var warm = Budget.Repetitions(cold / ColdOverWarm) > 1 ? Lap.Of(visit, 1).Processor * visit.Count : cold;
            repetitions[name] = Budget.Repetitions(warm);
            if (!Budget.Fits(budget.Remaining, start - budget.Remaining, Budget.FewestRounds))
            {
                return null;
            }
        }

        if (repetitions.Values.Any(count => count > 1))
        {
            start = budget.Remaining;
            Round(subject, repetitions, budget);
        }

        var perRound = start - budget.Remaining;
        return Budget.Fits(budget.Remaining, perRound, Budget.FewestRounds) ? perRound : null;
    }

    // Each number comes from its own process: no warm-up is needed, and more than the minimum of rounds adds nothing.
    private List<Row>? MeasureMemory(Budget budget, int threads, Action<int, int> progress)
    {
        var peaks = Names.ToDictionary(name => name, _ => new List<double>());
        var start = budget.Remaining;
        for (var round = 0; round < Budget.FewestRounds; round++)
        {
            progress(round, Budget.FewestRounds);
            foreach (var name in Names)
            {
                if (budget.Remaining <= 0)
                {
                    return null;
                }

                peaks[name].Add(PeakMemory.InChild(Group, name, threads));
                if (round == 0 && !Budget.Fits(budget.Remaining, start - budget.Remaining, Budget.FewestRounds - 1))
                {
                    return null;
                }
            }
        }

        using var subject = Group.Prepare();
        return
        [
            .. Cases.Select(row => new Row(Group.Name, Group.NameOf(row), Group.Plain)
            {
                Note = Note(subject, row),
                Memory = Compared.Of(peaks[row.Name], peaks[Group.Plain], bytes => bytes),
            }),
        ];
    }
}
