using Lrp.Core;
using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>Passes relevance on unchanged, as through an activation: R_in = R_out.</summary>
/// <remarks>
/// Defined for modules whose one output has as many elements as their one input, or is a broadcast of it: then an entry
/// gets the sum of what all its copies have. The rule that AttnLRP calls identity, eq. 9.
/// </remarks>
public class Pass : BackwardRule
{
    /// <inheritdoc/>
    internal override JoiningTraits Joining => JoiningTraits.PassesRelevanceOn;

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (call.InputShapes.Count != 1 || call.OutputShapes.Count != 1)
        {
            throw new InvalidOperationException(
                $"the module has {call.InputShapes.Count} inputs and {call.OutputShapes.Count} outputs, and "
                    + "relevance can "
                    + "only be passed on unchanged from one output to one input. Use Uniform or Epsilon."
            );
        }

        var (from, to) = (call.OutputShapes[0], call.InputShapes[0]);
        if (from.Shape.AsSpan().SequenceEqual(to.Shape))
        {
            return [call.Relevance];
        }

        return call.Relevance.numel() == to.Shape.Aggregate(1L, (product, size) => product * size)
                ? [call.Relevance.reshape(to.Shape)]
            : Broadcasting.Fits(to.Shape, from.Shape) ? [Broadcasting.SumTo(call.Relevance, to.Shape)]
            : throw new InvalidOperationException(
                $"the output has shape {from} and the input {to}, so relevance cannot be passed on unchanged. Use Norm."
            );
    }
}
