namespace Lrp.Analysis.Information;

/// <summary>What trades noise for change, and how the noise is optimized.</summary>
public sealed record InformationOptions
{
    /// <summary>The largest σ; ten times the standard deviation of the model's word embeddings is a good value.</summary>
    public double Scale { get; init; } = 0.5;

    /// <summary>The weight of the entropy: the larger, the more noise is accepted.</summary>
    public double Rate { get; init; } = 0.1;

    /// <summary>Optimization steps.</summary>
    public int Iterations { get; init; } = 5000;

    /// <summary>Adam's learning rate.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>Noise samples a step, all in one call of Φ where Φ takes batches.</summary>
    public int NoiseSamples { get; init; } = 8;

    /// <summary>
    /// Over about how many steps the loss and the ratio are averaged before the best is chosen. With 1 the best state is
    /// that of the lowest single loss, hence of the luckiest noise, and changes much with the seed.
    /// </summary>
    public int Averaging { get; init; } = 100;

    /// <summary>The schedule of the original: one noise sample a step, and the state of the lowest single loss.</summary>
    public static InformationOptions SingleSample { get; } = new() { NoiseSamples = 1, Averaging = 1 };

    /// <summary>The seed of the start and of the noise.</summary>
    public long Seed { get; init; }

    /// <summary>How many steps lie between two reports of progress; each asks the device for one number.</summary>
    public int ReportEvery { get; init; } = 100;

    internal void Validate()
    {
        if (!(Scale > 0) || !double.IsFinite(Scale) || !(Rate >= 0) || !double.IsFinite(Rate) || !(LearningRate > 0))
        {
            throw new ArgumentException($"Scale and learning rate must be greater than 0 and rate not negative; they are {Scale}, {LearningRate} and {Rate}.");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Iterations);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(NoiseSamples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ReportEvery);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Averaging);
    }
}

/// <summary>Where an optimization stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">The loss at the last step, mean over the sentences.</param>
public readonly record struct InformationProgress(int Step, int Steps, double Loss);
