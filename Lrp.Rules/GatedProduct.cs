using Lrp.Core;
using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>
/// A product of features and a gate, as in squeeze and excitation: the features take all relevance. Where neither is a
/// gate, the factors take equal shares.
/// </summary>
/// <remarks>Arras et al. 2017 for gates; equal shares are AttnLRP's proposition 3.2. It needs no values.</remarks>
public sealed class GatedProduct : BackwardRule
{
    /// <inheritdoc/>
    public override string? Validate(nn.Module module) =>
        module is IGatedProduct
            ? null
            : $"it is a rule for products that say which factor is the gate ({nameof(IGatedProduct)}).";

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var gate = ((IGatedProduct)call.Module).Gate;
        var shapes = call.InputShapes;
        var takers = Enumerable
            .Range(0, shapes.Count)
            .Where(k => shapes.Count == 1 || call.InputPositions[k] != gate)
            .ToList();
        var share = takers.Count == 1 ? call.Relevance : call.Relevance.div(takers.Count);
        return
        [
            .. Enumerable
                .Range(0, shapes.Count)
                .Select(k =>
                    !takers.Contains(k) ? null
                    : shapes[k].Shape.AsSpan().SequenceEqual(share.shape) ? share
                    : Broadcasting.SumTo(share, shapes[k].Shape)
                ),
        ];
    }
}
