using System.Collections;

namespace TorchSharp.Utils;

/// <summary>A tensor's elements in row-major order, whatever its strides.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private torch.Tensor? _tensor;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly T* _data;
    private readonly bool _contiguous;

    internal TensorAccessor(torch.Tensor tensor)
    {
        _tensor = tensor;
        _shape = tensor.shape;
        _strides = tensor.stride();
        _data = (T*)tensor.Data;
        _contiguous = tensor.is_contiguous();
        Count = tensor.NumberOfElements;
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    private long Offset(long flat)
    {
        if (_contiguous)
        {
            return flat;
        }

        long offset = 0;
        for (int d = _shape.Length - 1; d >= 0; d--)
        {
            offset += flat % _shape[d] * _strides[d];
            flat /= _shape[d];
        }

        return offset;
    }

    private T* At(long flat) => flat >= 0 && flat < Count
        ? _data + Offset(flat)
        : throw new IndexOutOfRangeException($"element {flat} of a tensor of {Count} elements");

    private long Flat(long[] indices)
    {
        if (indices.Length == 1)
        {
            return indices[0];
        }

        if (indices.Length != _shape.Length)
        {
            throw new ArgumentException($"{indices.Length} indices for a tensor of {_shape.Length} dimensions.");
        }

        long flat = 0;
        for (int d = 0; d < indices.Length; d++)
        {
            flat = flat * _shape[d] + (indices[d] >= 0 && indices[d] < _shape[d] ? indices[d]
                : throw new IndexOutOfRangeException($"index {indices[d]} in dimension {d} of size {_shape[d]}"));
        }

        return flat;
    }

    public T this[params long[] indices]
    {
        get
        {
            T value = *At(Flat(indices));
            GC.KeepAlive(_tensor);
            return value;
        }
        set
        {
            *At(Flat(indices)) = value;
            GC.KeepAlive(_tensor);
        }
    }

    public T[] ToArray()
    {
        var result = new T[Count];
        CopyTo(result);
        return result;
    }

    public Array ToNDArray()
    {
        if (_shape.Length == 0)
        {
            return ToArray();
        }

        T[] flat = ToArray();
        if (_shape.Length == 1)
        {
            return flat;
        }

        Array result = Array.CreateInstance(typeof(T), _shape);
        fixed (void* target = &System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(result))
        {
            flat.CopyTo(new Span<T>(target, flat.Length));
        }

        return result;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        int n = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        if (_contiguous)
        {
            new ReadOnlySpan<T>(_data + tensorIndex, n).CopyTo(array[arrayIndex..]);
        }
        else
        {
            for (int k = 0; k < n; k++)
            {
                array[arrayIndex + k] = _data[Offset(tensorIndex + k)];
            }
        }

        GC.KeepAlive(_tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        int n = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        for (int k = 0; k < n; k++)
        {
            _data[Offset(tensorIndex + k)] = array[arrayIndex + k];
        }

        GC.KeepAlive(_tensor);
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (long k = 0; k < Count; k++)
        {
            yield return this[k];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override bool Equals(object? obj) => obj is TensorAccessor<T> other && this == other;

    public override int GetHashCode() => HashCode.Combine((nint)_data, Count);

    public static bool operator ==(TensorAccessor<T>? left, TensorAccessor<T>? right)
    {
        if (left is null || right is null)
        {
            return left is null && right is null;
        }

        return left.Count == right.Count && left.SequenceEqual(right);
    }

    public static bool operator !=(TensorAccessor<T>? left, TensorAccessor<T>? right) => !(left == right);

    /// <summary>Lets the tensor go.</summary>
    public void Dispose() => _tensor = null;
}
