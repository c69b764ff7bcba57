using Lrp.Benchmarks.Cases;
using Lrp.Benchmarks.Reporting;

namespace Lrp.Benchmarks.Measuring;

/// <summary>What is measured of a group.</summary>
internal enum Quantity
{
    /// <summary>Wall and processor time.</summary>
    Time,

    /// <summary>Peak resident memory.</summary>
    Memory,
}

/// <summary>One quantity of cases of a group, measured in rounds of the plain thing and each case in turn.</summary>
/// <param name="Group">The group.</param>
/// <param name="Cases">Which of its cases.</param>
/// <param name="Quantity">What of them.</param>
internal sealed record Measurement(Group Group, IReadOnlyList<Case> Cases, Quantity Quantity)
{
    // A first run compiles code and fills caches; what may be short without that is run again.
    private const double ColdOverWarm = 20;

    /// <summary>Its share of a run's time.</summary>
    public double Share => Quantity == Quantity.Time ? Group.TimeShare : Group.MemoryShare;

    /// <summary>What progress and messages call it.</summary>
    public string Title => Quantity == Quantity.Time ? Group.Name : $"{Group.Name}, memory";

    private IReadOnlyList<string> Names => [Group.Plain, .. Cases.Select(row => row.Name)];

    /// <summary>Measures.</summary>
    /// <param name="budget">The run's time.</param>
    /// <param name="portion">The seconds of it for this measurement.</param>
    /// <param name="threads">libtorch's threads.</param>
    /// <param name="progress">Told how many rounds are done, and of how many.</param>
    /// <returns>A row a case; null when there was not enough time.</returns>
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

        var plain = subject.Note(Group.Plain) is { } note ? $" ({Group.Plain}: {note})" : "";
        return [.. Cases.Select(row => Timed(row, laps) with
        {
            Note = subject.Note(row.Name) is { } own ? own + plain : null,
        })];
    }

    private Row Timed(Case row, IReadOnlyList<Dictionary<string, Lap>> laps)
    {
        Lap[] own = [.. laps.Select(round => round[row.Name])], plain = [.. laps.Select(round => round[Group.Plain])];
        return new(Group.Name, Group.NameOf(row), Group.Plain)
        {
            Time = Compared.Of(own, plain, lap => lap.Wall),
            Processor = Compared.Of(own, plain, lap => lap.Processor),
        };
    }

    // Each in turn; null when the run's time is up before all have had theirs.
    private Dictionary<string, Lap>? Round(ISubject subject, IReadOnlyDictionary<string, int> repetitions, Budget budget)
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

    // Rounds that do not count: one of single runs, and one more where those are too short to be timed singly. Returns
    // what the last one took; null as soon as there is not enough time left for the fewest rounds that count.
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

    // Each number has a process of its own: nothing needs to be warm, and more than the fewest rounds show nothing new.
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

        return [.. Cases.Select(row => new Row(Group.Name, Group.NameOf(row), Group.Plain)
        {
            Memory = Compared.Of(peaks[row.Name], peaks[Group.Plain], bytes => bytes),
        })];
    }
}
