using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Torch.Operators;

/// <summary>What libtorch's operators call the values of the enumerations.</summary>
internal static class NativeNames
{
    internal static string? Native(this RoundingMode mode) => mode switch
    {
        RoundingMode.None => null,
        RoundingMode.trunc => "trunc",
        RoundingMode.floor => "floor",
        _ => throw Unknown(mode),
    };

    internal static string Native(this Padding padding) => padding switch
    {
        Padding.Valid => "valid",
        Padding.Same => "same",
        _ => throw Unknown(padding),
    };

    internal static string Native(this PaddingModes mode) => mode switch
    {
        PaddingModes.Zeros or PaddingModes.Constant => "constant",
        PaddingModes.Reflect => "reflect",
        PaddingModes.Replicate => "replicate",
        PaddingModes.Circular => "circular",
        _ => throw Unknown(mode),
    };

    internal static string Native(this FFTNormType norm) => norm switch
    {
        FFTNormType.Backward => "backward",
        FFTNormType.Forward => "forward",
        FFTNormType.Ortho => "ortho",
        _ => throw Unknown(norm),
    };

    internal static string Native(this linalg.QRMode mode) => mode switch
    {
        linalg.QRMode.Reduced => "reduced",
        linalg.QRMode.Complete => "complete",
        linalg.QRMode.R => "r",
        _ => throw Unknown(mode),
    };

    internal static string Native(this TorchSharp.Modules.GELU.Approximate approximate) => approximate switch
    {
        TorchSharp.Modules.GELU.Approximate.none => "none",
        TorchSharp.Modules.GELU.Approximate.tanh => "tanh",
        _ => throw Unknown(approximate),
    };

    internal static long Native(this GridSampleMode mode) => mode switch
    {
        GridSampleMode.Bilinear => 0,
        GridSampleMode.Nearest => 1,
        _ => throw Unknown(mode),
    };

    internal static long Native(this GridSamplePaddingMode mode) => mode switch
    {
        GridSamplePaddingMode.Zeros => 0,
        GridSamplePaddingMode.Border => 1,
        GridSamplePaddingMode.Reflection => 2,
        _ => throw Unknown(mode),
    };

    private static ArgumentOutOfRangeException Unknown<T>(T value) where T : struct, Enum =>
        new(typeof(T).Name, value, $"{typeof(T).Name} has no value {value}.");
}
