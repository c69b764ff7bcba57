using System.Numerics;
using Lrp.Torch.Interop;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>One number with its type, as operators take it beside tensors.</summary>
public sealed class Scalar : IDisposable
{
    private readonly double _real;
    private readonly double _imaginary;
    private readonly long _integer;

    internal Scalar(long value, ScalarType type) => (_integer, _real, Type) = (value, value, type);

    internal Scalar(double value, ScalarType type) => (_integer, _real, Type) = (double.IsNaN(value) ? 0 : (long)value, value, type);

    internal Scalar(Complex value, ScalarType type) => (_real, _imaginary, _integer, Type) = (value.Real, value.Imaginary, (long)value.Real, type);

    /// <summary>The type it was made from.</summary>
    public ScalarType Type { get; }

    internal bool IsInteger => Type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64;

    internal double Real => IsInteger || Type == ScalarType.Bool ? _integer : _real;

    internal Complex Complex => new(Real, _imaginary);

    internal long Integer => _integer;

    internal void AddTo(ref Call call)
    {
        if (Type == ScalarType.Bool)
        {
            call.Add(_integer != 0);
        }
        else if (IsInteger)
        {
            call.Add(_integer);
        }
        else if (Type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64)
        {
            call.Add(Complex);
        }
        else
        {
            call.Add(_real);
        }
    }

    public static implicit operator Scalar(byte value) => new((long)value, ScalarType.Byte);
    public static implicit operator Scalar(sbyte value) => new((long)value, ScalarType.Int8);
    public static implicit operator Scalar(short value) => new((long)value, ScalarType.Int16);
    public static implicit operator Scalar(int value) => new((long)value, ScalarType.Int32);
    public static implicit operator Scalar(long value) => new(value, ScalarType.Int64);
    public static implicit operator Scalar(Half value) => new((double)value, ScalarType.Float16);
    public static implicit operator Scalar(float value) => new((double)value, ScalarType.Float32);
    public static implicit operator Scalar(double value) => new(value, ScalarType.Float64);
    public static implicit operator Scalar(BFloat16 value) => new((double)value.ToSingle(), ScalarType.BFloat16);
    public static implicit operator Scalar(bool value) => new(value ? 1L : 0L, ScalarType.Bool);
    public static implicit operator Scalar((float, float) value) => new(new Complex(value.Item1, value.Item2), ScalarType.ComplexFloat32);
    public static implicit operator Scalar(Complex value) => new(value, ScalarType.ComplexFloat64);

    /// <summary>Nothing to release; here because TorchSharp's has it.</summary>
    public void Dispose()
    {
    }
}
