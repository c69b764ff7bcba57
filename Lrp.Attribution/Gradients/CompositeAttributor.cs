using Lrp.Composites;
using static TorchSharp.torch;

namespace Lrp.Attribution.Gradients;

/// <summary>
/// Layer-wise relevance propagation with a composite: relevance starts as the explained output and is propagated down
/// layer by layer.
/// </summary>
/// <remarks>
/// The composite is registered for one call of <c>Attribute</c>. To explain many batches with one
/// registration, register the composite yourself and call <c>backward()</c>.
/// </remarks>
public sealed class CompositeAttributor : GradientAttributor
{
    /// <summary>Creates LRP with a composite.</summary>
    /// <param name="composite">The composite.</param>
    /// <param name="name">The name in tables and reports.</param>
    public CompositeAttributor(Composite composite, string name = "LRP")
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(composite);
        Composite = composite;
    }

    /// <inheritdoc/>
    protected override long PassesPerSample(AttributionSlice slice) => 1;

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Explain(AttributionSlice slice) => slice.Gradients();

    private protected override bool ReadsEveryEmbedding => true;
}
