using static TorchSharp.torch;

namespace Lrp.Composites.Attributors;

/// <summary>The gradient ∂f/∂x_i: which changes of the input would change the output most (Simonyan, Vedaldi and Zisserman 2014).</summary>
/// <remarks>It tells what the output is sensitive to, not what it is made of, and sums to nothing in particular.</remarks>
public sealed class Gradient : GradientAttributor
{
    /// <summary>The gradient.</summary>
    public Gradient()
        : base("Gradient")
    {
    }

    internal override long PassesPerSample(Tensor input) => 1;

    internal override Tensor Explain(AttributionSlice slice) => slice.GradientAt(slice.Input);
}
