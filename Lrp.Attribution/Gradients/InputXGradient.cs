using static TorchSharp.torch;

namespace Lrp.Attribution.Gradients;

/// <summary>
/// Input times gradient, x_i·∂f/∂x_i: the contribution of each element as if the model were linear (Shrikumar et al.
/// 2016).
/// </summary>
/// <remarks>
/// For a network of ReLUs without biases it sums to the output and equals LRP-0 (Ancona et al. 2018, proposition 1).
/// </remarks>
public sealed class InputXGradient : GradientAttributor
{
    /// <summary>Creates the input-times-gradient method.</summary>
    public InputXGradient()
        : base("Input x gradient") { }

    /// <inheritdoc/>
    protected override long PassesPerSample(Tensor input) => 1;

    /// <inheritdoc/>
    protected override Tensor Explain(AttributionSlice slice) => slice.Input * slice.GradientAt(slice.Input);
}
