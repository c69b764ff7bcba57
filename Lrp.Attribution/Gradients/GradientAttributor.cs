using Lrp.Composites;
using Lrp.Core;
using Lrp.Core.Registrations;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Lrp.Attribution.Gradients;

/// <summary>
/// The base class of methods that use gradients. With a composite, the composite's rules modify the gradients.
/// </summary>
public abstract class GradientAttributor : Attributor
{
    /// <summary>Creates a method with a name.</summary>
    /// <param name="name">The name in tables and reports.</param>
    protected GradientAttributor(string name)
        : base(name) { }

    /// <summary>
    /// The composite to register on the model while it is explained; null for the plain gradient.
    /// </summary>
    public Composite? Composite { get; init; }

    /// <summary>
    /// The logger that gets the registration's warnings, and once for each call those of
    /// <see cref="Lrp.Core.Conservation.ConservationReport.Warnings"/>. Without a logger they are not computed.
    /// </summary>
    public ILogger? Logger { get; init; }

    private protected override Registration? Register(nn.Module model) =>
        Composite?.Register(model, Logger, RelevanceStart.OutputTimesGradient);

    /// <inheritdoc/>
    private protected override void Conclude(Registration registration)
    {
        foreach (var warning in Logger is null ? [] : registration.Conservation().Warnings)
        {
            Logger!.LogWarning("{Method}: {Warning}", Name, warning);
        }
    }
}
