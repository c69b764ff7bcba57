using static TorchSharp.torch;

namespace Lrp.Composites.Attributors;

/// <summary>Input times gradient, x_i·∂f/∂x_i: each part's share of the output as if the model were linear (Shrikumar et al. 2016).</summary>
/// <remarks>On a network of ReLUs without biases it sums to the output and equals LRP-0 (Ancona et al. 2018, proposition 1).</remarks>
public sealed class InputXGradient : GradientAttributor
{
    /// <summary>Input times gradient.</summary>
    public InputXGradient()
        : base("Input x gradient")
    {
    }

    internal override long PassesPerSample(Tensor input) => 1;

    internal override Tensor Explain(AttributionSlice slice) => slice.Input * slice.GradientAt(slice.Input);
}
