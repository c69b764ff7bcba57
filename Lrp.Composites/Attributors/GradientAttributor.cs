using Lrp.Core;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Lrp.Composites.Attributors;

/// <summary>A method that asks for gradients; with a composite it asks for what the composite's rules make of them.</summary>
public abstract class GradientAttributor : Attributor
{
    /// <summary>A method of a name.</summary>
    /// <param name="name">The name, as tables and reports print it.</param>
    protected GradientAttributor(string name)
        : base(name)
    {
    }

    /// <summary>The composite that is registered on the model while it is explained; null for the plain gradient.</summary>
    public Composite? Composite { get; init; }

    /// <summary>Where the registration's warnings go.</summary>
    public ILogger? Logger { get; init; }

    internal override Registration? Register(nn.Module<Tensor, Tensor> model) => Composite?.Register(model, Logger, RelevanceStart.Gradient);
}
