using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static IntPtr s_toDevice, s_toType, s_clone, s_detach, s_detachInPlace, s_copy, s_contiguous, s_equal;

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            var call = new Call(ref s_toType, "to", "dtype");
            call.Add(this);
            call.Add(type);
            call.Add(non_blocking);
            call.Add(copy);
            return Converted(call.Tensor(), disposeAfter);
        }

        private Tensor ToDevice(ScalarType type, Device device, bool copy, bool disposeAfter, bool non_blocking)
        {
            InitializeDeviceType(device.type);
            var call = new Call(ref s_toDevice, "to", "device");
            call.Add(this);
            call.Add(device);
            call.Add(type);
            call.Add(non_blocking);
            call.Add(copy);
            return Converted(call.Tensor(), disposeAfter);
        }

        private Tensor Converted(Tensor result, bool disposeAfter)
        {
            if (disposeAfter)
            {
                Dispose();
            }

            return Read(result);
        }

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to_type(type, copy, disposeAfter, non_blocking);

        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            ToDevice(dtype, new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            ToDevice(dtype, device, copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            ToDevice(dtype, new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            ToDevice(type, device ?? CPU, copy, disposeAfter, non_blocking);

        public Tensor to(Tensor other, bool non_blocking = false) => ToDevice(other.dtype, other.device, false, false, non_blocking);

        public Tensor type(Func<Tensor, Tensor> typeFunc) => typeFunc(this);

        public Tensor type(ScalarType dtype) => to_type(dtype);

        public Tensor type_as(Tensor tensor) => to_type(tensor.dtype);

        public Tensor cpu() => to(DeviceType.CPU);

        public Tensor cuda(Device? device = null, bool non_blocking = false) => to(device ?? CUDA, non_blocking: non_blocking);

        public Tensor @bool() => to_type(ScalarType.Bool);
        public Tensor @byte() => to_type(ScalarType.Byte);
        public Tensor @char() => to_type(ScalarType.Int8);
        public Tensor @short() => to_type(ScalarType.Int16);
        public Tensor @int() => to_type(ScalarType.Int32);
        public Tensor @long() => to_type(ScalarType.Int64);
        public Tensor half() => to_type(ScalarType.Float16);
        public Tensor bfloat16() => to_type(ScalarType.BFloat16);
        public Tensor @float() => to_type(ScalarType.Float32);
        public Tensor @double() => to_type(ScalarType.Float64);

        public Tensor clone()
        {
            var call = new Call(ref s_clone, "clone", "");
            call.Add(this);
            return Read(call.Tensor());
        }

        public Tensor detach()
        {
            var call = new Call(ref s_detach, "detach", "");
            call.Add(this);
            return Read(call.Tensor());
        }

        public Tensor detach_()
        {
            var call = new Call(ref s_detachInPlace, "detach_", "");
            call.Add(this);
            call.Void();
            return this;
        }

        public Tensor contiguous()
        {
            var call = new Call(ref s_contiguous, "contiguous", "");
            call.Add(this);
            return Read(call.Tensor());
        }

        public Tensor copy_(Tensor source, bool nonBlocking = false)
        {
            ArgumentNullException.ThrowIfNull(source);
            var call = new Call(ref s_copy, "copy_", "");
            call.Add(this);
            call.Add(source);
            call.Add(nonBlocking);
            call.Void();
            GC.KeepAlive(source);
            return this;
        }

        /// <summary>Whether both have the same shape and elements.</summary>
        public bool Equals(Tensor? target)
        {
            if (target is null)
            {
                return false;
            }

            var call = new Call(ref s_equal, "equal", "");
            call.Add(this);
            call.Add(target);
            bool equal = call.Bool();
            GC.KeepAlive(target);
            return Read(equal);
        }
    }
}
