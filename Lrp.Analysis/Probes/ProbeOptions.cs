namespace Lrp.Analysis.Probes;

/// <summary>Options of a probe's training. The defaults for Adam are those of NeuroX.</summary>
public sealed record ProbeOptions
{
    /// <summary>Whether the probe predicts classes or numbers.</summary>
    public ProbeTask Task { get; init; } = ProbeTask.Classification;

    /// <summary>The method by which the weights are fitted.</summary>
    public ProbeSolver Solver { get; init; } = ProbeSolver.Automatic;

    /// <summary>λ₁, the weight of the sum of the weights' absolute values.</summary>
    public double L1 { get; init; }

    /// <summary>
    /// λ₂, the weight of the L2 penalty: on the norm ‖W‖ with Adam, as in NeuroX, and on ‖W‖² with the exact solver,
    /// because only the square has a closed form. Both give the same family of solutions, at different λ₂.
    /// </summary>
    public double L2 { get; init; }

    /// <summary>The number of classes; null for one more than the largest label.</summary>
    public long? Classes { get; init; }

    /// <summary>Names of the classes, in the order of their labels; null for their numbers.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Adam: the number of passes over the data.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Adam: the number of rows per step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Adam: the learning rate.</summary>
    public double LearningRate { get; init; } = 0.001;

    /// <summary>Adam: whether each epoch uses the rows in a new random order.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>
    /// The seed of the initial weights, of the order of the rows and of the choice of the held-out rows.
    /// </summary>
    public long Seed { get; init; }

    /// <summary>
    /// Adam: training stops after this many epochs without a lower loss on held-out rows, and the weights with the
    /// lowest loss are kept. Null to train on all rows for all epochs.
    /// </summary>
    public int? Patience { get; init; }

    /// <summary>Adam with <see cref="Patience"/>: the fraction of the rows that is held out.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Exact logistic regression: the maximum number of L-BFGS steps.</summary>
    public int Iterations { get; init; } = 200;

    /// <summary>
    /// Exact logistic regression: the optimum counts as reached when the gradient's largest entry is at most this. The
    /// gradient is taken in coordinates in which the loss has about the same curvature in all directions, and is
    /// divided by the loss if that exceeds 1.
    /// </summary>
    public double Tolerance { get; init; } = 1e-5;

    internal bool IsExact =>
        Solver == ProbeSolver.Exact || (Solver == ProbeSolver.Automatic && L1 == 0 && Patience is null);

    internal void Validate()
    {
        if (!(L1 >= 0) || !(L2 >= 0) || !double.IsFinite(L1 + L2))
        {
            throw new ArgumentException(
                $"A probe's penalties must be finite and not negative; L1 is {L1}, L2 is {L2}."
            );
        }

        if (Solver == ProbeSolver.Exact && L1 > 0)
        {
            throw new ArgumentException(
                $"The exact solver supports no L1 penalty, but L1 is {L1}; use "
                    + $"{nameof(ProbeSolver)}.{nameof(ProbeSolver.Adam)}."
            );
        }

        if (Solver == ProbeSolver.Exact && Patience is not null)
        {
            throw new ArgumentException(
                $"The exact solver has no epochs, so it cannot stop early; omit {nameof(Patience)}, or use "
                    + $"{nameof(ProbeSolver)}.{nameof(ProbeSolver.Adam)}."
            );
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Epochs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Iterations);
        if (!(LearningRate > 0))
        {
            throw new ArgumentException($"The learning rate must be greater than 0; it is {LearningRate}.");
        }

        if (Patience is < 1 || !(ValidationShare > 0 && ValidationShare < 1))
        {
            throw new ArgumentException(
                $"Early stopping needs a patience of at least 1 and a share between 0 and 1; they are {Patience} "
                    + $"and {ValidationShare}."
            );
        }
    }
}

/// <summary>The progress of a probe's training.</summary>
/// <param name="Step">The epoch, or for L-BFGS the number of times that the loss was lowered; from 1.</param>
/// <param name="Steps">The maximum number of steps.</param>
/// <param name="Loss">The mean loss over the epoch, or at the step, with penalties.</param>
/// <param name="ValidationLoss">The loss on the held-out rows, without penalties; null if no rows are held out.</param>
public readonly record struct ProbeProgress(int Step, int Steps, double Loss, double? ValidationLoss);
