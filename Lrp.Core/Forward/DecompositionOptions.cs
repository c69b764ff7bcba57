using Microsoft.Extensions.Logging;

namespace Lrp.Core.Forward;

/// <summary>Which activations a decomposition refers to at every step.</summary>
public enum Reference
{
    /// <summary>
    /// The model's true activations ("error control"): rounding cannot build up from step to step.
    /// </summary>
    TrueActivations,

    /// <summary>The sum of the parts so far, as if the model had been run on the parts alone.</summary>
    Parts,
}

/// <summary>How a decomposition runs.</summary>
public sealed record DecompositionOptions
{
    /// <summary>
    /// How many components go through a kernel together. Memory grows with it, the result does not depend on it. When
    /// null it is chosen so that what is alive at once fits into half of the free memory.
    /// </summary>
    public long? ChunkSize { get; init; }

    /// <summary>
    /// Whether the parts carry gradients, for a penalty on what components contribute. Off, decomposition runs without
    /// gradients, whatever the model does.
    /// </summary>
    public bool Differentiable { get; init; }

    /// <summary>Which activations the rules refer to.</summary>
    public Reference Reference { get; init; } = Reference.TrueActivations;

    /// <summary>
    /// The drift, relative to a tensor's largest entry, from which on a warning is logged; what the parts miss stays
    /// visible in <see cref="DecompositionRun.Drift"/>.
    /// </summary>
    public double WarnAtDrift { get; init; } = 1e-3;

    /// <summary>Where warnings go; null for nowhere.</summary>
    public ILogger? Logger { get; init; }
}
