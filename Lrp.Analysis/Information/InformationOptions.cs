namespace Lrp.Analysis.Information;

/// <summary>
/// Options of <see cref="SentenceInformation"/>: how noise is weighed against change, and the optimization.
/// </summary>
public sealed record InformationOptions
{
    /// <summary>
    /// The largest σ. Ten times the standard deviation of the model's word embeddings is a good value.
    /// </summary>
    public double Scale { get; init; } = 0.5;

    /// <summary>The weight of the entropy; a larger weight allows more noise.</summary>
    public double Rate { get; init; } = 0.1;

    /// <summary>The number of optimization steps.</summary>
    public int Iterations { get; init; } = 5000;

    /// <summary>Adam's learning rate.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>The number of noise samples per step, all in one call of Φ if Φ accepts batches.</summary>
    public int NoiseSamples { get; init; } = 8;

    /// <summary>
    /// The number of steps over which loss and ratio are averaged before the best is chosen. With 1, the step with the
    /// lowest single loss is chosen, which depends much on the random noise and thus on the seed.
    /// </summary>
    public int Averaging { get; init; } = 100;

    /// <summary>
    /// The options of the original: one noise sample per step, and the state with the lowest single loss.
    /// </summary>
    public static InformationOptions SingleSample { get; } = new() { NoiseSamples = 1, Averaging = 1 };

    /// <summary>The seed of the initial ratio and of the noise.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// The number of steps between two progress reports; each report reads one number from the device.
    /// </summary>
    public int ReportEvery { get; init; } = 100;

    internal void Validate()
    {
        if (!(Scale > 0) || !double.IsFinite(Scale) || !(Rate >= 0) || !double.IsFinite(Rate) || !(LearningRate > 0))
        {
            throw new ArgumentException(
                $"Scale and learning rate must be greater than 0, and rate must not be negative; they are {Scale}, "
                    + $"{LearningRate} and {Rate}."
            );
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Iterations);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(NoiseSamples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ReportEvery);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Averaging);
    }
}

/// <summary>The progress of an optimization.</summary>
/// <param name="Step">The number of finished steps.</param>
/// <param name="Steps">The total number of steps.</param>
/// <param name="Loss">The loss at the last step, as a mean over the sentences.</param>
public readonly record struct InformationProgress(int Step, int Steps, double Loss);
