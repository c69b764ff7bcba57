using Lrp.Decomposition.Recording;
using Microsoft.Extensions.Logging;

namespace Lrp.Decomposition;

/// <summary>The activations that the rules refer to at every step of a decomposition.</summary>
public enum Reference
{
    /// <summary>
    /// The model's true activations ("error control"): rounding errors do not build up from step to step.
    /// </summary>
    TrueActivations,

    /// <summary>The sum of the parts computed so far, as if the model had been run on the parts alone.</summary>
    SumOfParts,
}

/// <summary>Options of a decomposition.</summary>
public sealed record DecompositionOptions
{
    /// <summary>
    /// How many components go through a kernel together. A larger chunk needs more memory; the result does not depend
    /// on it. When null, it is chosen so that everything held at the same time fits into half of the free memory.
    /// </summary>
    public long? ChunkSize { get; init; }

    /// <summary>
    /// Whether gradients flow through the parts, for example for a penalty on what components contribute. When false,
    /// the decomposition runs without gradients, even if the model has them.
    /// </summary>
    public bool Differentiable { get; init; }

    /// <summary>The activations that the rules refer to.</summary>
    public Reference Reference { get; init; } = Reference.TrueActivations;

    /// <summary>
    /// A warning is logged when a reconstruction error, relative to the tensor's largest entry, exceeds this value. The
    /// error itself is available from <see cref="DecompositionRun.ReconstructionError"/>.
    /// </summary>
    public double WarnAtReconstructionError { get; init; } = 1e-3;

    /// <summary>The logger that gets warnings; null for none.</summary>
    public ILogger? Logger { get; init; }
}
