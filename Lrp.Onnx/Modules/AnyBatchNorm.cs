using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Onnx.Modules;

/// <summary>Batch normalisation of a tensor whose number of dimensions the file does not tell.</summary>
public sealed class AnyBatchNorm : BatchNorm
{
    internal AnyBatchNorm(long channels, double epsilon)
        : base(channels, epsilon, 0.1, true, true, null, null, nameof(AnyBatchNorm)) { }

    /// <inheritdoc/>
    protected override void ValidateInputDimensions(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() < 2)
        {
            throw new ArgumentException(
                $"Batch normalisation takes (N, C, …), not [{string.Join(", ", input.shape)}]."
            );
        }
    }
}
