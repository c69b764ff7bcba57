using System.Runtime.InteropServices;
using Lrp.Torch.Interop;

namespace TorchSharp;

/// <summary>Tensors from managed memory.</summary>
internal static unsafe class Creation
{
    /// <summary>A tensor over the array itself, which stays in place as long as the tensor lives.</summary>
    /// <exception cref="ArgumentException">The sizes ask for more elements than there are, or it is no array of numbers.</exception>
    internal static torch.Tensor Share(Array array, long[]? sizes, torch.ScalarType? dtype, torch.Device? device, bool requires_grad, string[]? names = null)
    {
        ArgumentNullException.ThrowIfNull(array);
        if (names is { Length: > 0 })
        {
            throw new NotSupportedException("Named dimensions are not supported.");
        }

        sizes ??= [.. Enumerable.Range(0, array.Rank).Select(array.GetLongLength)];
        torch.ScalarType type = torch.Tensor.TypeOf(array.GetType().GetElementType()!);
        long wanted = sizes.Aggregate(1L, (product, size) => checked(product * size));
        if (wanted > array.LongLength || sizes.Any(s => s < 0))
        {
            throw new ArgumentException($"mismatched total size creating a tensor from an array: shape [{string.Join(", ", sizes)}] has {wanted} elements, the array {array.LongLength}");
        }

        torch.Tensor tensor = Over(array, sizes, type);
        if ((dtype ?? type) != type || (device is not null && device.type != DeviceType.CPU))
        {
            torch.Tensor local = tensor;
            tensor = local.to(dtype ?? type, device ?? torch.CPU);
            local.Dispose();
        }

        return requires_grad ? tensor.requires_grad_() : tensor;
    }

    /// <summary>A tensor with elements of its own.</summary>
    internal static torch.Tensor Copy(Array array, long[]? sizes, torch.ScalarType? dtype, torch.Device? device, bool requires_grad, string[]? names = null)
    {
        ArgumentNullException.ThrowIfNull(array);
        return Share((Array)array.Clone(), sizes ?? [.. Enumerable.Range(0, array.Rank).Select(array.GetLongLength)], dtype, device, requires_grad, names);
    }

    /// <summary>A tensor without dimensions.</summary>
    internal static torch.Tensor One(Scalar value, torch.ScalarType? dtype, torch.Device? device, bool requires_grad)
    {
        torch.Tensor tensor = torch.full([], value, dtype ?? value.Type, device);
        return requires_grad ? tensor.requires_grad_() : tensor;
    }

    private static torch.Tensor Over(Array array, long[] sizes, torch.ScalarType type)
    {
        // A tuple of floats is laid out as a complex number but may not be pinned by a handle of its own type.
        if (array is (float, float)[] pairs)
        {
            array = MemoryMarshal.Cast<(float, float), float>(pairs).ToArray();
        }
        else if (array.GetType().GetElementType() == typeof((float, float)))
        {
            array = MemoryMarshal.Cast<(float, float), float>(array.Cast<(float, float)>().ToArray()).ToArray();
        }

        GCHandle pinned = GCHandle.Alloc(array, GCHandleType.Pinned);
        fixed (long* s = sizes)
        {
            IntPtr handle = Native.lrp_tensor_from_memory((void*)pinned.AddrOfPinnedObject(), s, sizes.Length, (int)type, &Release, GCHandle.ToIntPtr(pinned));
            if (handle == IntPtr.Zero)
            {
                pinned.Free();
                throw Native.Failure();
            }

            return new torch.Tensor(handle);
        }
    }

    [UnmanagedCallersOnly]
    private static void Release(IntPtr handle) => GCHandle.FromIntPtr(handle).Free();
}

public static partial class torch
{
    /// <summary>A tensor that shares an array's memory where type and device allow it.</summary>
    public static Tensor from_array(Array rawArray, Device? device = null) => Creation.Share(rawArray, null, null, device, false);

    /// <summary>A tensor that shares an array's memory where type and device allow it.</summary>
    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Creation.Share(rawArray, null, dtype, device, requires_grad, names);

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => Creation.Share(data, null, dtype, device, false);

    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null)
    {
        bool changes = (dtype is { } d && d != data.dtype) || (device is not null && (device.type != data.device_type || (device.index >= 0 && device.index != data.device_index)));
        return changes ? data.to(dtype ?? data.dtype, device ?? data.device).requires_grad_(data.requires_grad) : data.alias();
    }

    /// <summary>A flat tensor over part of an array.</summary>
    /// <exception cref="ArgumentException">The offset lies outside the array.</exception>
    public static Tensor frombuffer(Array rawArray, ScalarType dtype, long count = -1, long offset = 0, bool requires_grad = false)
    {
        ArgumentNullException.ThrowIfNull(rawArray);
        if (offset < 0 || offset >= rawArray.LongLength)
        {
            throw new ArgumentException($"invalid value for 'offset': {offset}");
        }

        count = count < 0 ? rawArray.LongLength - offset : count;
        if (count > rawArray.LongLength - offset)
        {
            throw new IndexOutOfRangeException($"element count is too large: {count}");
        }

        Tensor part = Creation.Share(rawArray, null, null, null, false)[TensorIndex.Slice(offset, offset + count)];
        return part.to_type(dtype).requires_grad_(requires_grad);
    }
}
