using System.Runtime.CompilerServices;
using Lrp.Torch.Interop;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        internal void* Data
        {
            get
            {
                IntPtr data = Read(Native.lrp_tensor_data(Handle));
                return data != IntPtr.Zero || NumberOfElements == 0 ? (void*)data : throw Native.Failure();
            }
        }

        /// <summary>The elements, for reading and writing; a tensor elsewhere is copied to the CPU first.</summary>
        /// <exception cref="ArgumentException"><typeparamref name="T"/> is not the tensor's element type.</exception>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            ValidateType(typeof(T));
            return new TensorAccessor<T>(device_type == DeviceType.CPU ? this : cpu());
        }

        /// <summary>The one element of a tensor of one element.</summary>
        /// <exception cref="ArgumentException">More or fewer elements, or another element type.</exception>
        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1)
            {
                throw new ArgumentException($"Number of elements in the tensor must be 1; item() was called on one of shape [{string.Join(", ", shape)}].");
            }

            ValidateType(typeof(T));
            if (device_type == DeviceType.CPU)
            {
                return Read(*(T*)Data);
            }

            using Tensor local = cpu();
            return *(T*)local.Data;
        }

        private static readonly Dictionary<ScalarType, Type> s_elementTypes = new()
        {
            [ScalarType.Byte] = typeof(byte),
            [ScalarType.Int8] = typeof(sbyte),
            [ScalarType.Int16] = typeof(short),
            [ScalarType.Int32] = typeof(int),
            [ScalarType.Int64] = typeof(long),
            [ScalarType.Float16] = typeof(Half),
            [ScalarType.BFloat16] = typeof(BFloat16),
            [ScalarType.Float32] = typeof(float),
            [ScalarType.Float64] = typeof(double),
            [ScalarType.Bool] = typeof(bool),
            [ScalarType.ComplexFloat32] = typeof((float, float)),
            [ScalarType.ComplexFloat64] = typeof(System.Numerics.Complex),
        };

        internal static ScalarType TypeOf(Type element) =>
            s_elementTypes.FirstOrDefault(p => p.Value == element) is { Value: not null } pair
                ? pair.Key
                : throw new ArgumentException($"{element.Name} is not an element type of tensors.");

        internal void ValidateType(Type element)
        {
            ScalarType type = dtype;
            if (s_elementTypes.TryGetValue(type, out Type? expected) && expected != element)
            {
                throw new ArgumentException($"{element.Name} is not compatible with {type}; read it as {expected.Name}, or convert it with to_type() first.");
            }
        }

        /// <summary>The memory of a contiguous CPU tensor.</summary>
        public Span<byte> bytes
        {
            get
            {
                Validate("bytes");
                return new Span<byte>(Data, checked((int)(NumberOfElements * ElementSize)));
            }
            set
            {
                Validate("bytes");
                if (value.Length != NumberOfElements * ElementSize)
                {
                    throw new ArgumentException($"Mismatched data sizes: the tensor of shape [{string.Join(", ", shape)}] holds {NumberOfElements * ElementSize} bytes, {value.Length} were given.");
                }

                value.CopyTo(new Span<byte>(Data, value.Length));
                GC.KeepAlive(this);
            }
        }

        private void Validate(string operation)
        {
            if (device_type != DeviceType.CPU)
            {
                throw new InvalidOperationException($"{operation}: the tensor is on {device}; move it to the CPU first.");
            }

            if (!is_contiguous())
            {
                throw new InvalidOperationException($"{operation}: the tensor is not contiguous; call contiguous() first.");
            }
        }

        private const int ChunkSize = 1 << 20;

        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            Validate("WriteBytesToStream");
            long total = NumberOfElements * ElementSize;
            for (long done = 0; done < total; done += ChunkSize)
            {
                stream.Write(new ReadOnlySpan<byte>((byte*)Data + done, (int)Math.Min(ChunkSize, total - done)));
            }
        }

        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            Validate("ReadBytesFromStream");
            long total = NumberOfElements * ElementSize;
            for (long done = 0; done < total; done += ChunkSize)
            {
                stream.ReadExactly(new Span<byte>((byte*)Data + done, (int)Math.Min(ChunkSize, total - done)));
            }
        }

        /// <summary>Reads element <paramref name="i"/> of the memory.</summary>
        public T ReadCpuValue<T>(long i) where T : unmanaged => i >= 0 && i < NumberOfElements
            ? Read(((T*)Data)[i])
            : throw new IndexOutOfRangeException($"element {i} of a tensor of {NumberOfElements} elements");

        public bool ReadCpuBool(long i) => ReadCpuValue<bool>(i);
        public byte ReadCpuByte(long i) => ReadCpuValue<byte>(i);
        public sbyte ReadCpuSByte(long i) => ReadCpuValue<sbyte>(i);
        public short ReadCpuInt16(long i) => ReadCpuValue<short>(i);
        public int ReadCpuInt32(long i) => ReadCpuValue<int>(i);
        public long ReadCpuInt64(long i) => ReadCpuValue<long>(i);
        public float ReadCpuSingle(long i) => ReadCpuValue<float>(i);
        public double ReadCpuDouble(long i) => ReadCpuValue<double>(i);
        public float ReadCpuFloat16(long i) => (float)ReadCpuValue<Half>(i);
        public float ReadCpuBFloat16(long i) => ReadCpuValue<BFloat16>(i).ToSingle();

        private static IntPtr s_item;

        /// <summary>The one element as a scalar of the tensor's own type.</summary>
        public Scalar ToScalar()
        {
            var call = new Call(ref s_item, "_local_scalar_dense", "");
            call.Add(NumberOfElements == 1 ? this : throw new ArgumentException($"Number of elements in the tensor must be 1; its shape is [{string.Join(", ", shape)}]."));
            return Read(call.Scalar());
        }
    }
}
