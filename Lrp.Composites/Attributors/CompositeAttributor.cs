using static TorchSharp.torch;

namespace Lrp.Composites.Attributors;

/// <summary>Layer-wise relevance propagation with a composite: relevance starts as the explained output and goes down layer by layer.</summary>
/// <remarks>
/// The composite is registered for one call of <see cref="IAttributor.Attribute"/>. To explain many batches with one registration,
/// register the composite yourself and call <c>backward()</c>.
/// </remarks>
public sealed class CompositeAttributor : GradientAttributor
{
    /// <summary>LRP with a composite.</summary>
    /// <param name="composite">The composite.</param>
    /// <param name="name">The name for tables and reports.</param>
    public CompositeAttributor(Composite composite, string name = "LRP")
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(composite);
        Composite = composite;
    }

    internal override long PassesPerSample(Tensor input) => 1;

    internal override Tensor Explain(AttributionSlice slice) => slice.GradientAt(slice.Input);
}
