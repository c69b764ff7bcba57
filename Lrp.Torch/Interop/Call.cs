using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Torch.Interop;

/// <summary>
/// One operator call: arguments are added in the schema's order, then one of the result methods makes the
/// call. Arguments left out take the schema's defaults.
/// </summary>
internal unsafe ref struct Call
{
    private const int MostResults = 8;

    private readonly IntPtr _operator;
    private readonly string _name;
    private ValueBuffer _values;
    private int _count;
    private Scratch _scratch;

    /// <param name="op">Cache of the operator's native handle, filled on first use.</param>
    /// <param name="name">Operator name without its namespace ("add"), or with it ("quantized::linear").</param>
    /// <param name="overload">Overload name, empty for the first.</param>
    internal Call(ref IntPtr op, string name, string overload)
    {
        Unsafe.SkipInit(out _values);
        _name = name;
        _operator = op != IntPtr.Zero ? op : op = Find(name, overload);
        _count = 0;
        _scratch = default;
    }

    private static IntPtr Find(string name, string overload)
    {
        IntPtr found = Native.lrp_operator_find(name.Contains("::") ? name : "aten::" + name, overload);
        return found != IntPtr.Zero ? found : throw new NotSupportedException(Native.LastError);
    }

    /// <summary>Whether this libtorch has an operator.</summary>
    internal static bool Exists(string name, string overload) =>
        Native.lrp_operator_find(name.Contains("::") ? name : "aten::" + name, overload) != IntPtr.Zero;

    [UnscopedRef]
    private ref Value Next(Tag tag)
    {
        ref Value value = ref _values[_count++];
        value.Tag = tag;
        value.Count = 0;
        return ref value;
    }

    internal void AddNone() => Next(Tag.None);

    internal void Add(Tensor? tensor) => Next(Tag.Tensor).Pointer = tensor is null ? IntPtr.Zero : HandleOf(tensor);

    private IntPtr HandleOf(Tensor tensor)
    {
        if (tensor.handle != IntPtr.Zero)
        {
            return tensor.handle;
        }

        _scratch.Release();
        throw new InvalidOperationException($"{_name}: Tensor invalid -- empty handle. A tensor given to it was disposed.");
    }

    internal void Add(Scalar? scalar)
    {
        if (scalar is null)
        {
            AddNone();
            return;
        }

        scalar.AddTo(ref this);
    }

    internal void Add(long value) => Next(Tag.Int).Int = value;
    internal void Add(int value) => Next(Tag.Int).Int = value;
    internal void Add(bool value) => Next(Tag.Bool).Int = value ? 1 : 0;
    internal void Add(double value) => Next(Tag.Double).Double = value;
    internal void Add(float value) => Next(Tag.Double).Double = value;
    internal void Add(ScalarType value) => Next(Tag.Int).Int = (long)value;

    internal void Add(long? value)
    {
        if (value is { } v) { Add(v); } else { AddNone(); }
    }

    internal void Add(int? value)
    {
        if (value is { } v) { Add(v); } else { AddNone(); }
    }

    internal void Add(double? value)
    {
        if (value is { } v) { Add(v); } else { AddNone(); }
    }

    internal void Add(bool? value)
    {
        if (value is { } v) { Add(v); } else { AddNone(); }
    }

    internal void Add(ScalarType? value)
    {
        if (value is { } v) { Add(v); } else { AddNone(); }
    }

    internal void Add(Device? device)
    {
        if (device is null)
        {
            AddNone();
            return;
        }

        Next(Tag.Device).Int = ((long)device.type << 32) | (uint)device.index;
    }

    internal void Add(Generator? generator)
    {
        if (generator is null)
        {
            AddNone();
            return;
        }

        Next(Tag.Generator).Pointer = generator.Handle;
    }

    internal void Add(System.Numerics.Complex value)
    {
        double* parts = (double*)_scratch.Take(2 * sizeof(double));
        parts[0] = value.Real;
        parts[1] = value.Imaginary;
        Next(Tag.Complex).Pointer = (IntPtr)parts;
    }

    internal void Add(string? text)
    {
        if (text is null)
        {
            AddNone();
            return;
        }

        int n = Encoding.UTF8.GetByteCount(text);
        byte* bytes = _scratch.Take(n);
        Encoding.UTF8.GetBytes(text, new Span<byte>(bytes, n));
        ref Value value = ref Next(Tag.String);
        value.Count = n;
        value.Pointer = (IntPtr)bytes;
    }

    private void AddList<T>(Tag tag, ReadOnlySpan<T> items) where T : unmanaged
    {
        byte* memory = _scratch.Take(items.Length * sizeof(T));
        items.CopyTo(new Span<T>(memory, items.Length));
        ref Value value = ref Next(tag);
        value.Count = items.Length;
        value.Pointer = (IntPtr)memory;
    }

    internal void Add(ReadOnlySpan<long> items) => AddList(Tag.IntList, items);
    internal void Add(ReadOnlySpan<double> items) => AddList(Tag.DoubleList, items);
    internal void Add(ReadOnlySpan<bool> items) => AddList(Tag.BoolList, items);

    internal void Add(long[]? items)
    {
        if (items is null) { AddNone(); } else { Add((ReadOnlySpan<long>)items); }
    }

    internal void Add(double[]? items)
    {
        if (items is null) { AddNone(); } else { Add((ReadOnlySpan<double>)items); }
    }

    internal void Add(bool[]? items)
    {
        if (items is null) { AddNone(); } else { Add((ReadOnlySpan<bool>)items); }
    }

    internal void Add(Tensor[]? tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        foreach (Tensor? tensor in tensors)
        {
            if (tensor is null)
            {
                _scratch.Release();
                throw new ArgumentNullException(nameof(tensors), $"{_name}: an entry of the list of tensors is null.");
            }
        }

        AddOptional(tensors);
    }

    internal void Add(IList<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        Add(tensors as Tensor[] ?? tensors.ToArray());
    }

    internal void Add(IEnumerable<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        Add(tensors as Tensor[] ?? tensors.ToArray());
    }

    /// <summary>A list whose null entries mean "absent", as an index's.</summary>
    internal void AddOptional(ReadOnlySpan<Tensor?> tensors)
    {
        IntPtr* handles = (IntPtr*)_scratch.Take(tensors.Length * sizeof(IntPtr));
        for (int k = 0; k < tensors.Length; k++)
        {
            handles[k] = tensors[k] is { } tensor ? HandleOf(tensor) : IntPtr.Zero;
        }

        ref Value value = ref Next(Tag.TensorList);
        value.Count = tensors.Length;
        value.Pointer = (IntPtr)handles;
    }

    private int Run(Value* results, int capacity)
    {
        int count;
        fixed (Value* values = &_values[0])
        {
            count = Native.lrp_operator_call(_operator, values, _count, results, capacity);
        }

        _scratch.Release();
        return count >= 0 ? count : throw Native.Failure();
    }

    internal void Void()
    {
        Value* results = stackalloc Value[MostResults];
        int count = Run(results, MostResults);
        for (int k = 0; k < count; k++)
        {
            if (results[k].Tag == Tag.Tensor && results[k].Pointer != IntPtr.Zero)
            {
                Native.lrp_tensor_free(results[k].Pointer);
            }
        }
    }

    internal Tensor Tensor()
    {
        Value result;
        Run(&result, 1);
        return Take(result)!;
    }

    private static Tensor? Take(in Value value) => value.Pointer == IntPtr.Zero ? null : new Tensor(value.Pointer);

    internal (Tensor, Tensor) Tensors2()
    {
        Value* results = stackalloc Value[MostResults];
        Run(results, MostResults);
        return (Take(results[0])!, Take(results[1])!);
    }

    internal (Tensor, Tensor, Tensor) Tensors3()
    {
        Value* results = stackalloc Value[MostResults];
        Run(results, MostResults);
        return (Take(results[0])!, Take(results[1])!, Take(results[2])!);
    }

    internal (Tensor, Tensor, Tensor, Tensor) Tensors4()
    {
        Value* results = stackalloc Value[MostResults];
        Run(results, MostResults);
        return (Take(results[0])!, Take(results[1])!, Take(results[2])!, Take(results[3])!);
    }

    /// <summary>The tensors of an operator that returns one list.</summary>
    internal Tensor[] TensorList()
    {
        Value result;
        Run(&result, 1);
        var tensors = new Tensor[result.Count];
        IntPtr* handles = (IntPtr*)result.Pointer;
        for (int k = 0; k < tensors.Length; k++)
        {
            tensors[k] = new Tensor(handles[k]);
        }

        return tensors;
    }

    /// <summary>All results of an operator that returns several tensors.</summary>
    internal Tensor[] AllTensors()
    {
        Value* results = stackalloc Value[MostResults];
        int count = Run(results, MostResults);
        var tensors = new Tensor[count];
        for (int k = 0; k < count; k++)
        {
            tensors[k] = Take(results[k])!;
        }

        return tensors;
    }

    internal double Double()
    {
        Value result;
        Run(&result, 1);
        return result.Tag == Tag.Double ? result.Double : result.Int;
    }

    internal long Int()
    {
        Value result;
        Run(&result, 1);
        return result.Tag == Tag.Double ? (long)result.Double : result.Int;
    }

    internal bool Bool()
    {
        Value result;
        Run(&result, 1);
        return result.Int != 0;
    }

    /// <summary>The one number that <c>_local_scalar_dense</c> returns.</summary>
    internal Scalar Scalar()
    {
        Value result;
        Run(&result, 1);
        return result.Tag switch
        {
            Tag.Int => new Scalar(result.Int, ScalarType.Int64),
            Tag.Bool => new Scalar(result.Int, ScalarType.Bool),
            Tag.Complex => new Scalar(new System.Numerics.Complex(((double*)result.Pointer)[0], ((double*)result.Pointer)[1]), ScalarType.ComplexFloat64),
            _ => new Scalar(result.Double, ScalarType.Float64),
        };
    }
}
