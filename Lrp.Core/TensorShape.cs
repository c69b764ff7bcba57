using static TorchSharp.torch;

namespace Lrp.Core;

/// <summary>Everything about a tensor but its values.</summary>
/// <param name="Shape">Its sizes.</param>
/// <param name="Dtype">Its element type.</param>
/// <param name="Device">Where it lives.</param>
public sealed record TensorShape(long[] Shape, ScalarType Dtype, Device Device)
{
    /// <summary>The shape of a tensor.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <returns>Its sizes, element type and device.</returns>
    public static TensorShape Of(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return new TensorShape(tensor.shape, tensor.dtype, tensor.device);
    }

    /// <summary>A new tensor of this shape.</summary>
    /// <param name="value">The value of each element.</param>
    /// <returns>The tensor.</returns>
    public Tensor Filled(double value) => full(Shape, value, Dtype, Device);

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", Shape)}]";
}
