using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Interception;

/// <summary>A value as native/value.h lays it out.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeValue
{
    public const int None = 0,
        TensorTag = 1,
        Int = 2,
        Double = 3,
        Bool = 4,
        String = 5,
        IntList = 6,
        DoubleList = 7,
        BoolList = 8,
        TensorList = 9,
        DeviceTag = 10,
        GeneratorTag = 11,
        ComplexTag = 12,
        Other = 13;

    public int Tag;
    public int Count;
    public long Bits;

    public readonly unsafe void* Pointer => (void*)(nint)Bits;

    /// <summary>The managed form. A tensor's handle passes into the tensor's ownership.</summary>
    public readonly unsafe object? ToManaged() =>
        Tag switch
        {
            None => null,
            TensorTag => TensorOf((nint)Bits),
            Int => Bits,
            Double => BitConverter.Int64BitsToDouble(Bits),
            Bool => Bits != 0,
            String => Encoding.UTF8.GetString((byte*)Pointer, Count),
            IntList => new ReadOnlySpan<long>(Pointer, Count).ToArray(),
            DoubleList => new ReadOnlySpan<double>(Pointer, Count).ToArray(),
            BoolList => Array.ConvertAll(new ReadOnlySpan<byte>(Pointer, Count).ToArray(), b => b != 0),
            TensorList => Array.ConvertAll(new ReadOnlySpan<nint>(Pointer, Count).ToArray(), TensorOf),
            DeviceTag => new Device((DeviceType)(int)(Bits >> 32), (int)(uint)Bits),
            ComplexTag => new Complex(((double*)Pointer)[0], ((double*)Pointer)[1]),
            _ => new OpaqueValue((nint)Bits),
        };

    private static Tensor? TensorOf(nint handle) => handle == 0 ? null : Tensor.UnsafeCreateTensor(handle);
}

/// <summary>A value of a kind that managed code cannot look into, such as a random generator or a module.</summary>
/// <remarks>
/// It can be passed to <see cref="OperatorCall.Invoke(IReadOnlyList{object?})"/> unchanged, while the handler that it
/// was given to runs.
/// </remarks>
public sealed class OpaqueValue
{
    internal OpaqueValue(nint pointer) => Pointer = pointer;

    internal nint Pointer { get; }
}

/// <summary>Lays managed values out for native code; the memory lives as long as this object.</summary>
internal unsafe ref struct NativeValues
{
    private readonly NativeValue* _values;
    private readonly int _capacity;
    private List<nint>? _blocks;

    public NativeValues(int capacity)
    {
        _capacity = capacity;
        _values = (NativeValue*)NativeMemory.Alloc((nuint)Math.Max(1, capacity), (nuint)sizeof(NativeValue));
    }

    public readonly NativeValue* Pointer => _values;

    public int Count { get; private set; }

    public void Add(object? value)
    {
        if (Count == _capacity)
        {
            throw new InvalidOperationException("More values than were announced.");
        }

        _values[Count++] = Of(value);
    }

    public void Dispose()
    {
        NativeMemory.Free(_values);
        foreach (var block in _blocks ?? [])
        {
            NativeMemory.Free((void*)block);
        }

        _blocks = null;
    }

    private NativeValue Of(object? value) =>
        value switch
        {
            null => default,
            Tensor tensor => new() { Tag = NativeValue.TensorTag, Bits = tensor.Handle },
            long number => new() { Tag = NativeValue.Int, Bits = number },
            int number => new() { Tag = NativeValue.Int, Bits = number },
            double number => new() { Tag = NativeValue.Double, Bits = BitConverter.DoubleToInt64Bits(number) },
            float number => new() { Tag = NativeValue.Double, Bits = BitConverter.DoubleToInt64Bits(number) },
            bool truth => new() { Tag = NativeValue.Bool, Bits = truth ? 1 : 0 },
            ScalarType type => new() { Tag = NativeValue.Int, Bits = (int)type },
            string text => Block<byte>(NativeValue.String, Encoding.UTF8.GetBytes(text)),
            long[] numbers => Block<long>(NativeValue.IntList, numbers),
            int[] numbers => Block<long>(NativeValue.IntList, Array.ConvertAll(numbers, n => (long)n)),
            double[] numbers => Block<double>(NativeValue.DoubleList, numbers),
            bool[] truths => Block<byte>(NativeValue.BoolList, Array.ConvertAll(truths, t => t ? (byte)1 : (byte)0)),
            IEnumerable<Tensor?> tensors => Block<nint>(
                NativeValue.TensorList,
                [.. tensors.Select(t => t is null ? 0 : t.Handle)]
            ),
            Device device => new()
            {
                Tag = NativeValue.DeviceTag,
                Bits = ((long)(int)device.type << 32) | (uint)device.index,
            },
            Complex number => Block<double>(NativeValue.ComplexTag, [number.Real, number.Imaginary]),
            OpaqueValue opaque => new() { Tag = NativeValue.Other, Bits = opaque.Pointer },
            _ => throw new ArgumentException(
                $"A value of type {value.GetType().Name} cannot be passed to an operator. "
                    + "Tensors, lists of tensors, numbers, truth values, texts, devices, and arrays of long, "
                    + "double and bool can."
            ),
        };

    private NativeValue Block<T>(int tag, scoped ReadOnlySpan<T> content)
        where T : unmanaged
    {
        var bytes = (nuint)(Math.Max(1, content.Length) * sizeof(T));
        var block = NativeMemory.Alloc(bytes);
        (_blocks ??= []).Add((nint)block);
        content.CopyTo(new Span<T>(block, content.Length));
        return new()
        {
            Tag = tag,
            Count = content.Length,
            Bits = (nint)block,
        };
    }
}
