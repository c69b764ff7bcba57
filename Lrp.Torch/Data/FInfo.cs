namespace TorchSharp;

public static partial class torch
{
    /// <summary>The range and precision of a floating point type.</summary>
    public struct FInfo
    {
        public int bits;
        public double eps;
        public double max;
        public double min;
        public double tiny;
        public double smallest_normal;
        public double resolution;
    }

    /// <summary>The range and precision of the default type.</summary>
    public static FInfo finfo() => finfo(get_default_dtype());

    /// <summary>The range and precision of a type; of a complex one, of its parts.</summary>
    /// <exception cref="ArgumentException">It is no floating point type.</exception>
    public static FInfo finfo(ScalarType dtype) => dtype switch
    {
        ScalarType.BFloat16 => Of(16, Math.Pow(2, -7), (2 - Math.Pow(2, -7)) * Math.Pow(2, 127), -126, 1e-2),
        ScalarType.Float16 => Of(16, Math.Pow(2, -10), 65504, -14, 1e-3),
        ScalarType.Float32 or ScalarType.ComplexFloat32 => Of(32, Math.Pow(2, -23), float.MaxValue, -126, 1e-6),
        ScalarType.Float64 or ScalarType.ComplexFloat64 => Of(64, Math.Pow(2, -52), double.MaxValue, -1022, 1e-15),
        _ => throw new ArgumentException($"finfo: {dtype} is not a floating point type.", nameof(dtype)),
    };

    /// <summary>The largest number of an integer type.</summary>
    /// <exception cref="ArgumentException">It is no integer type.</exception>
    public static long max_int_value(ScalarType type) => type switch
    {
        ScalarType.Byte => byte.MaxValue,
        ScalarType.Int8 => sbyte.MaxValue,
        ScalarType.Int16 => short.MaxValue,
        ScalarType.Int32 => int.MaxValue,
        ScalarType.Int64 => long.MaxValue,
        _ => throw new ArgumentException($"max_int_value: {type} is not an integer type.", nameof(type)),
    };

    private static FInfo Of(int bits, double eps, double max, int smallestExponent, double resolution)
    {
        double smallest = Math.Pow(2, smallestExponent);
        return new FInfo { bits = bits, eps = eps, max = max, min = -max, tiny = smallest, smallest_normal = smallest, resolution = resolution };
    }
}
