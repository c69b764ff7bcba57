using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Lrp.Core;

/// <summary>Which rules go where in a model: what a composite's matching comes to.</summary>
public sealed class RegistrationPlan
{
    /// <summary>The model.</summary>
    public required torch.nn.Module Model { get; init; }

    /// <summary>The modules that get a rule, in the model's order, each once.</summary>
    public required IReadOnlyList<(string Name, torch.nn.Module Module, ModuleRule Rule)> Places { get; init; }

    /// <summary>The modules that are left alone on purpose.</summary>
    public IReadOnlyList<torch.nn.Module> LeftAlone { get; init; } = [];

    /// <summary>The functions that get a rule, or are left alone.</summary>
    public IReadOnlyList<FunctionEntry> Functions { get; init; } = [];

    /// <summary>Undoes what canonizers did to the model; disposed after the hooks are gone.</summary>
    public IDisposable? Undo { get; init; }

    /// <summary>What the relevance at the model's output is.</summary>
    public RelevanceStart Start { get; init; }

    /// <summary>Where warnings go; null for nowhere.</summary>
    public ILogger? Logger { get; init; }
}
