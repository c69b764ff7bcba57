using Lrp.Core.Functions;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Lrp.Core.Registrations;

/// <summary>Which rules go where in a model: the result of a composite's matching.</summary>
public sealed class RegistrationPlan
{
    /// <summary>The model.</summary>
    public required torch.nn.Module Model { get; init; }

    /// <summary>The modules that get a rule, in the model's order, each once.</summary>
    public required IReadOnlyList<(string Name, torch.nn.Module Module, BackwardRule Rule)> Rules { get; init; }

    /// <summary>
    /// Of these modules the one that the first forward pass calls first has the rule that stands here, in place of the
    /// one in <see cref="Rules"/>; null stands for the plain gradient. Where only one is listed, it is that one.
    /// </summary>
    public IReadOnlyList<(string Name, torch.nn.Module Module, BackwardRule? Rule)> CalledFirst { get; init; } = [];

    /// <summary>
    /// As <see cref="CalledFirst"/>, for the module that is called last. A module that is called first and last has the
    /// rule of the first.
    /// </summary>
    public IReadOnlyList<(string Name, torch.nn.Module Module, BackwardRule? Rule)> CalledLast { get; init; } = [];

    /// <summary>The modules that keep their plain gradient on purpose.</summary>
    public IReadOnlyList<torch.nn.Module> Excluded { get; init; } = [];

    /// <summary>The functions that get a rule, or keep their plain gradient on purpose.</summary>
    public IReadOnlyList<FunctionEntry> Functions { get; init; } = [];

    /// <summary>
    /// Whether the plain gradient is meant wherever nothing else is said, as in guided backpropagation, so that no
    /// warning is in place.
    /// </summary>
    public bool KeepsGradients { get; init; }

    /// <summary>
    /// Done once, before the model runs for the first time through <c>call</c>; null for nothing. An exception reaches
    /// the caller of the model, and the next call does it again.
    /// </summary>
    public Action<FirstCall>? BeforeFirstCall { get; init; }

    /// <summary>Undoes what canonizers did to the model; disposed after the hooks are gone.</summary>
    public IDisposable? Undo { get; init; }

    /// <summary>What is done beside carrying relevance through modules with rules.</summary>
    public RegistrationDetail Detail { get; init; }

    /// <summary>What the relevance at the model's output is.</summary>
    public RelevanceStart Start { get; init; }

    /// <summary>Where warnings go; null for nowhere.</summary>
    public ILogger? Logger { get; init; }
}
