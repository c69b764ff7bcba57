using static TorchSharp.torch;

namespace Lrp.Models.Methods;

/// <summary>Numbers in a type that holds squares and small ε.</summary>
internal static class Wide
{
    /// <summary>A tensor of half precision in float32; any other as it is.</summary>
    public static Tensor Of(Tensor tensor) =>
        tensor.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? tensor.to_type(ScalarType.Float32) : tensor;
}
