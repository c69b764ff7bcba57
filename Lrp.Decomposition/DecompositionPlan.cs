using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <summary>Says which decomposition rule applies where in a model; built from a composite.</summary>
public sealed class DecompositionPlan
{
    /// <summary>The model.</summary>
    public required nn.Module Model { get; init; }

    /// <summary>The algorithm wherever no entry says otherwise.</summary>
    public required DecompositionAlgorithm Algorithm { get; init; }

    /// <summary>
    /// Modules with an entry: an algorithm for everything that runs inside, or a rule for the module as a single step.
    /// </summary>
    public IReadOnlyDictionary<nn.Module, DecompositionRule> Modules { get; init; } =
        new Dictionary<nn.Module, DecompositionRule>();

    /// <summary>Operators with an entry, by their name without the library: <c>softmax</c>.</summary>
    public IReadOnlyDictionary<string, DecompositionRule> Operators { get; init; } =
        new Dictionary<string, DecompositionRule>();
}
