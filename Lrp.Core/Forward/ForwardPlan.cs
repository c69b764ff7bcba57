using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>Which rules apply where in a model: what a composite comes to for decomposition.</summary>
public sealed class ForwardPlan
{
    /// <summary>The model.</summary>
    public required nn.Module Model { get; init; }

    /// <summary>The algorithm where nothing else is said.</summary>
    public required DecompositionAlgorithm Algorithm { get; init; }

    /// <summary>Modules with an entry: an algorithm for what runs inside, or a rule for the module as one step.</summary>
    public IReadOnlyDictionary<nn.Module, ForwardRule> Modules { get; init; } = new Dictionary<nn.Module, ForwardRule>();

    /// <summary>Operators with an entry, by their name without library: <c>softmax</c>.</summary>
    public IReadOnlyDictionary<string, ForwardRule> Operators { get; init; } = new Dictionary<string, ForwardRule>();
}
