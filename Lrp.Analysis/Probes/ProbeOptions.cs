namespace Lrp.Analysis.Probes;

/// <summary>How a probe is trained. The defaults of Adam are NeuroX's.</summary>
public sealed record ProbeOptions
{
    /// <summary>Classes or numbers.</summary>
    public ProbeTask Task { get; init; } = ProbeTask.Classification;

    /// <summary>How the weights are found.</summary>
    public ProbeSolver Solver { get; init; } = ProbeSolver.Automatic;

    /// <summary>λ₁, the weight of the sum of the weights' absolute values.</summary>
    public double L1 { get; init; }

    /// <summary>
    /// λ₂, the weight of the L2 penalty: of the norm ‖W‖ with Adam, as NeuroX has it, and of ‖W‖² with the exact solver,
    /// where only the square has a closed form. Both give the same family of solutions at different λ₂.
    /// </summary>
    public double L2 { get; init; }

    /// <summary>How many classes there are; null for one more than the largest label.</summary>
    public long? Classes { get; init; }

    /// <summary>Names of the classes, in the order of their labels; null for their numbers.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Adam: passes over the data.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Adam: rows a step.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Adam: the learning rate.</summary>
    public double LearningRate { get; init; } = 0.001;

    /// <summary>Adam: whether each epoch takes the rows in a new order.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>The seed of the initial weights, of the order of the rows and of the rows held out.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// Adam: stop after this many epochs without a lower loss on held-out rows, and keep the weights with the lowest; null
    /// to train on all rows for all epochs.
    /// </summary>
    public int? Patience { get; init; }

    /// <summary>Adam with <see cref="Patience"/>: the share of rows held out.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Exact logistic regression: the largest number of L-BFGS steps.</summary>
    public int Iterations { get; init; } = 200;

    /// <summary>
    /// Exact logistic regression: the gradient's largest entry at which the optimum counts as reached, in coordinates in which
    /// the loss is about equally curved in all directions, and relative to the loss where that exceeds 1.
    /// </summary>
    public double Tolerance { get; init; } = 1e-5;

    internal bool IsExact => Solver == ProbeSolver.Exact || (Solver == ProbeSolver.Automatic && L1 == 0 && Patience is null);

    internal void Validate()
    {
        if (!(L1 >= 0) || !(L2 >= 0) || !double.IsFinite(L1 + L2))
        {
            throw new ArgumentException($"A probe's penalties must be finite and not negative; L1 is {L1}, L2 is {L2}.");
        }

        if (Solver == ProbeSolver.Exact && L1 > 0)
        {
            throw new ArgumentException($"The exact solver has no L1 penalty, and L1 is {L1}; use {nameof(ProbeSolver)}.{nameof(ProbeSolver.Adam)}.");
        }

        if (Solver == ProbeSolver.Exact && Patience is not null)
        {
            throw new ArgumentException($"The exact solver has no epochs to stop early; leave out {nameof(Patience)}, or use {nameof(ProbeSolver)}.{nameof(ProbeSolver.Adam)}.");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Epochs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Iterations);
        if (!(LearningRate > 0))
        {
            throw new ArgumentException($"A learning rate must be greater than 0; it is {LearningRate}.");
        }

        if (Patience is < 1 || !(ValidationShare > 0 && ValidationShare < 1))
        {
            throw new ArgumentException($"Early stopping wants a patience of at least 1 and a share between 0 and 1; they are {Patience} and {ValidationShare}.");
        }
    }
}

/// <summary>Where a probe's training stands.</summary>
/// <param name="Step">The epoch, or how often L-BFGS has lowered the loss, counted from 1.</param>
/// <param name="Steps">How many there will be at most.</param>
/// <param name="Loss">The mean loss over the epoch, or at the step, with penalties.</param>
/// <param name="ValidationLoss">The loss on the rows held out, without penalties; null where none are.</param>
public readonly record struct ProbeProgress(int Step, int Steps, double Loss, double? ValidationLoss);
