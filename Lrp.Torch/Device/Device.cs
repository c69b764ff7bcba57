using System.Globalization;
using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Where a tensor lives: a kind of device and an index, -1 for the current one.</summary>
    public class Device
    {
        /// <summary>From "cpu", "cuda" or "cuda:1".</summary>
        /// <exception cref="ArgumentException">The text names no device.</exception>
        public Device(string description)
        {
            ArgumentNullException.ThrowIfNull(description);
            string[] parts = description.Split(':');
            type = Parse(parts[0]);
            index = parts.Length == 1 ? -1
                : parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int i) ? i
                : throw new ArgumentException($"'{description}' is not a device; write \"cpu\", \"cuda\" or \"cuda:0\".", nameof(description));
        }

        public Device(string deviceType, int index = -1) => (type, this.index) = (Parse(deviceType), index);

        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index);

        /// <summary>A CUDA device.</summary>
        public Device(int index) => (type, this.index) = (DeviceType.CUDA, index);

        public DeviceType type { get; } = DeviceType.CPU;

        public int index { get; } = -1;

        private static DeviceType Parse(string text) =>
            Enum.TryParse(text, ignoreCase: true, out DeviceType type) && Enum.IsDefined(type)
                ? type
                : throw new ArgumentException($"'{text}' is not a device type; one of {string.Join(", ", Enum.GetNames<DeviceType>().Select(n => n.ToLowerInvariant()))} is.");

        public override string ToString()
        {
            string name = type.ToString().ToLowerInvariant();
            return type == DeviceType.CPU || index == -1 ? name : $"{name}:{index.ToString(CultureInfo.InvariantCulture)}";
        }

        public static implicit operator Device(string description) => new(description);
    }

    public static readonly Device CPU = new(DeviceType.CPU);

    public static readonly Device META = new(DeviceType.META);

    public static Device CUDA => InitializeDevice(new Device(DeviceType.CUDA));

    public static Device device(string description) => InitializeDevice(new Device(description));

    public static Device device(string deviceType, int index = -1) => InitializeDevice(new Device(deviceType, index));

    public static Device device(DeviceType deviceType, int index = -1) => InitializeDevice(new Device(deviceType, index));

    public static Device device(int index) => new(DeviceType.CUDA, index);

    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType))
        {
            throw new InvalidOperationException($"This libtorch has no {deviceType} device on this machine; use the CPU or set up a libtorch with CUDA.");
        }
    }

    public static bool TryInitializeDeviceType(DeviceType deviceType) => deviceType != DeviceType.CUDA || cuda.is_available();

    public static Device InitializeDevice(Device? device)
    {
        device ??= CPU;
        InitializeDeviceType(device.type);
        return device;
    }

    private static Device s_defaultDevice = CPU;
    private static ScalarType s_defaultType = ScalarType.Float32;

    public static Device get_default_device() => s_defaultDevice;

    public static void set_default_device(Device device) => s_defaultDevice = device ?? throw new ArgumentNullException(nameof(device));

    public static void set_default_device(string device) => set_default_device(new Device(device));

    public static ScalarType get_default_dtype() => s_defaultType;

    /// <summary>What tensors of floating-point numbers are made of when nothing is said.</summary>
    /// <exception cref="ArgumentException">Not a floating-point type.</exception>
    public static void set_default_dtype(ScalarType dtype) =>
        s_defaultType = is_floating_point(dtype) ? dtype : throw new ArgumentException($"The default type must be a floating-point type; {dtype} is not.", nameof(dtype));

    public static partial class cuda
    {
        /// <summary>Whether a CUDA device can be used.</summary>
        public static bool is_available() => Native.lrp_cuda_device_count() > 0;

        public static bool is_cudnn_available() => Native.lrp_cudnn_is_available() != 0;

        public static int device_count() => Native.lrp_cuda_device_count();

        public static void manual_seed(long seed) => Native.Check(Native.lrp_manual_seed((ulong)seed, 1));

        public static void manual_seed_all(long seed) => Native.Check(Native.lrp_manual_seed((ulong)seed, 1));

        /// <summary>Waits until the device has done all that it was given.</summary>
        public static void synchronize(Device? device = null) => Native.Check(Native.lrp_cuda_synchronize(device?.index ?? -1));
    }

    public static bool cuda_is_available() => cuda.is_available();
}
