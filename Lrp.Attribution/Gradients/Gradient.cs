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
    protected override long PassesPerSample(Tensor input) => 1;

    /// <inheritdoc/>
    protected override Tensor Explain(AttributionSlice slice) => slice.GradientAt(slice.Input);
}
