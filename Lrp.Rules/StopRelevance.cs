using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>Passes nothing on: relevance ends at the module's output, as at a <c>detach()</c>.</summary>
public sealed class StopRelevance : BackwardRule
{
    /// <inheritdoc/>
    internal override bool EndsRelevance => true;

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return new Tensor?[call.InputShapes.Count];
    }
}
