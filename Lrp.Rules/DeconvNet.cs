using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>
/// Rectifies what comes from above in place of the activation's gradient: R_in = max(R_out, 0).
/// </summary>
/// <remarks>Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks".</remarks>
public sealed class DeconvNet : RectifierRule
{
    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return [call.Relevance.clamp_min(0)];
    }

    /// <inheritdoc/>
    internal override Tensor OfFunction(Tensor input, Tensor relevance) => relevance.clamp_min(0);
}
