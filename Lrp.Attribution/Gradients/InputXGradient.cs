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
    protected override long PassesPerSample(AttributionSlice slice) => 1;

    /// <inheritdoc/>
    protected override IReadOnlyList<Tensor> Explain(AttributionSlice slice)
    {
        var gradients = slice.Gradients(); // shows the embedded tokens too
        return [.. slice.Inputs.Zip(gradients, (input, gradient) => input * gradient)];
    }

    private protected override bool ReadsEveryEmbedding => true;
}
