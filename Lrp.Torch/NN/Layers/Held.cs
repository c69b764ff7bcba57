using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>A tensor that a module owns: it outlives dispose scopes, and its successor disposes it.</summary>
internal static class Held
{
    internal static T? Replace<T>(ref T? held, T? value) where T : Tensor
    {
        if (!ReferenceEquals(held, value))
        {
            held?.Dispose();
            value?.DetachFromDisposeScope();
            held = value;
        }

        return held;
    }

    /// <summary>An uninitialised parameter that belongs to no dispose scope.</summary>
    internal static Modules.Parameter Parameter(long[] shape, Device? device, ScalarType? dtype)
    {
        var parameter = new Modules.Parameter(empty(shape, dtype: dtype, device: device));
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    internal static string Shape(Tensor tensor) => "[" + string.Join(", ", tensor.shape) + "]";
}
