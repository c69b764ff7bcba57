using static TorchSharp.torch;

namespace Lrp.Attribution.Gradients;

/// <summary>
/// The gradient ∂f/∂x_i: how strongly the output reacts to a small change of each input element (Simonyan, Vedaldi and
/// Zisserman 2014).
/// </summary>
/// <remarks>
/// It shows the output's sensitivity, not its composition, and its sum has no meaning.
/// </remarks>
public sealed class Gradient : GradientAttributor
{
    /// <summary>Creates the gradient method.</summary>
    public Gradient()
        : base("Gradient") { }

    /// <inheritdoc/>
    protected override long PassesPerSample(AttributionSlice slice) => 1;

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Explain(AttributionSlice slice) => slice.Gradients();

    private protected override bool ReadsEveryEmbedding => true;
}
