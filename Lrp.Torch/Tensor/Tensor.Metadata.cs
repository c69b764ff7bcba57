using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        private TensorInfo Info
        {
            get
            {
                TensorInfo info;
                Native.Check(Native.lrp_tensor_info(Handle, &info));
                GC.KeepAlive(this);
                return info;
            }
        }

        private T Read<T>(T value)
        {
            GC.KeepAlive(this);
            return value;
        }

        public long Dimensions => Read(Native.lrp_tensor_dim(Handle));

        public long dim() => Dimensions;

        public long ndim => Dimensions;

        public long NumberOfElements => Read(Native.lrp_tensor_numel(Handle));

        public long numel() => NumberOfElements;

        public long ElementSize => Info.ElementSize;

        public long element_size() => Info.ElementSize;

        public ScalarType dtype => Read((ScalarType)Native.lrp_tensor_dtype(Handle));

        public DeviceType device_type => Read((DeviceType)Native.lrp_tensor_device_type(Handle));

        public int device_index => Read(Native.lrp_tensor_device_index(Handle));

        public Device device => new(device_type, device_index);

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_sparse => Info.IsSparse;

        public bool is_leaf => Info.IsLeaf;

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_quantized() => torch.is_quantized(dtype);

        public bool is_contiguous() => Info.IsContiguous;

        public long storage_offset() => Info.StorageOffset;

        /// <summary>Sizes of all dimensions.</summary>
        public long[] shape
        {
            get
            {
                var sizes = new long[Dimensions];
                fixed (long* p = sizes)
                {
                    Native.Check(Native.lrp_tensor_sizes(Handle, p));
                }

                return Read(sizes);
            }
        }

        public long[] size() => shape;

        /// <summary>Size of one dimension; negative counts from the last.</summary>
        /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
        public long size(int dim) => shape[Wrap(dim, "size")];

        public long[] stride()
        {
            var strides = new long[Dimensions];
            fixed (long* p = strides)
            {
                Native.Check(Native.lrp_tensor_strides(Handle, p));
            }

            return Read(strides);
        }

        public long stride(int dim) => stride()[Wrap(dim, "stride")];

        private int Wrap(int dim, string operation)
        {
            int n = (int)Dimensions;
            return dim >= -n && dim < n
                ? (dim + n) % n
                : throw new ArgumentOutOfRangeException(nameof(dim), dim, $"{operation}: dimension {dim} of a tensor of shape [{string.Join(", ", shape)}]; expected {-n} to {n - 1}.");
        }
    }

    public static long numel(Tensor input) => input.numel();

    public static bool is_integral(Tensor t) => t.is_integral();

    public static bool is_floating_point(Tensor input) => input.is_floating_point();

    public static bool is_complex(Tensor input) => input.is_complex();
}
