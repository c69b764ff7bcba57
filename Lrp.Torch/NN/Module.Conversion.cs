using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>Moves and converts the parameters and buffers of this module and all below it.</summary>
            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                RequireParameterType(dtype);
                RequireAvailable(device.type);
                _toEpilog(device.type == DeviceType.CUDA ? device : new Device(device.type, -1), dtype, non_blocking);
                return this;
            }

            /// <summary>Moves the parameters and buffers of this module and all below it, unless they are there already.</summary>
            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                if (deviceType != DeviceType.CUDA) deviceIndex = -1;
                RequireAvailable(deviceType);
                if (deviceType != _deviceType || deviceIndex != _deviceIndex) _toEpilog(deviceType, deviceIndex, non_blocking);
                return this;
            }

            /// <summary>Converts the parameters and buffers of this module and all below it.</summary>
            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                RequireParameterType(dtype);
                _toEpilog(dtype, non_blocking);
                return this;
            }

            /// <summary>Moves and converts to another tensor's device and element type.</summary>
            public Module _to(Tensor other, bool non_blocking)
            {
                _to(other.dtype, non_blocking);
                return _to(other.device_type, other.device_index, non_blocking);
            }

            protected void _toEpilog(ScalarType dtype, bool non_blocking) => _toEpilog(dtype, null, non_blocking);

            protected void _toEpilog(Device device, ScalarType dtype, bool non_blocking) => _toEpilog(dtype, device, non_blocking);

            protected void _toEpilog(DeviceType deviceType, int deviceIndex, bool non_blocking) =>
                _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);

            /// <summary>
            /// Converts the children, then replaces this module's own parameters and buffers, through the public property
            /// of the same name where there is one, else in the registry and in the field of that component name.
            /// </summary>
            protected virtual void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
            {
                if (dtype is null && device is null)
                    throw new ArgumentNullException(nameof(dtype), $"{nameof(dtype)} and {nameof(device)} are both null.");

                foreach (var (_, child) in named_children())
                {
                    if (device is null) child._to(dtype!.Value, non_blocking);
                    else if (dtype is null) child._to(device.type, device.index, non_blocking);
                    else child._to(device, dtype.Value, non_blocking);
                }

                foreach (var (own, parameter) in named_parameters(false).ToList())
                {
                    if (!ReplaceParameter(dtype, device, parameter, out var converted)) continue;
                    if (SettableProperty(own, typeof(Parameter)) is { } property) property.SetValue(this, converted);
                    else ComponentField(own, typeof(Parameter))?.SetValue(this, converted);
                    ConditionallyRegisterParameter(own, converted);
                    parameter.Dispose();
                }

                foreach (var (own, buffer) in named_buffers(false).ToList())
                {
                    if (!ReplaceBuffer(dtype, device, buffer, out var converted)) continue;
                    if (SettableProperty(own, typeof(Tensor)) is { } property) property.SetValue(this, converted);
                    else ComponentField(own, typeof(Tensor))?.SetValue(this, converted);
                    ConditionallyRegisterBuffer(own, converted);
                }

                RememberDevice(device);
            }

            /// <summary>Says, in <paramref name="result"/>, what takes a buffer's place; false where the buffer can stay. The buffer is disposed.</summary>
            protected static bool ReplaceBuffer(ScalarType? dtype, Device? device, Tensor buffer, out Tensor? result)
            {
                var (type, place) = Target(dtype, device, buffer);
                result = null;
                if (!Differs(buffer, type, place)) return false;
                result = buffer.to(type, place, disposeAfter: true).DetachFromDisposeScope();
                return true;
            }

            /// <summary>Says, in <paramref name="p"/>, what takes a parameter's place; false where the parameter can stay. Its gradient comes along.</summary>
            protected static bool ReplaceParameter(ScalarType? dtype, Device? device, Parameter param, out Parameter? p)
            {
                p = null;
                using var gradient = param.grad;
                var (type, place) = Target(dtype, device, param);
                if (!Differs(param, type, place) && (gradient is null || !Differs(gradient, type, place))) return false;

                // The new parameter has to be a leaf, so the conversion may not be recorded.
                using var recordingOff = no_grad();
                var converted = param.to(type, place, copy: true);
                p = new Parameter(converted, param.requires_grad);
                p.DetachFromDisposeScope();
                if (gradient is not null)
                {
                    using var convertedGradient = gradient.to(type, place);
                    p.grad = convertedGradient;
                }

                return true;
            }

            protected static (Device device, ScalarType dtype) GetDefaultDeviceAndType(Device? device = null, ScalarType? dtype = null) =>
                (device ?? get_default_device(), dtype ?? get_default_dtype());

            /// <summary>Moves and converts a new module to where it was asked for, or to the defaults.</summary>
            internal T MoveModule<T>(Device? device, ScalarType? dtype)
                where T : Module
            {
                var (place, type) = GetDefaultDeviceAndType(device, dtype);
                return (T)_to(place, type, false);
            }

            internal void RememberDevice(Device? device)
            {
                if (device is null) return;
                _deviceType = device.type;
                _deviceIndex = device.index;
            }

            private static (ScalarType Type, Device Device) Target(ScalarType? dtype, Device? device, Tensor tensor)
            {
                // Indices, masks and counts keep their type: only what is floating point or complex is converted.
                var converts = dtype is not null && IsFloatingPointOrComplex(tensor.dtype);
                return (converts ? dtype!.Value : tensor.dtype, device ?? tensor.device);
            }

            private static bool Differs(Tensor tensor, ScalarType type, Device device) =>
                tensor.dtype != type || tensor.device_type != device.type || (device.index >= 0 && tensor.device_index != device.index);

            private static bool IsFloatingPointOrComplex(ScalarType type) => is_floating_point(type) || is_complex(type);

            private static void RequireParameterType(ScalarType type)
            {
                if (!IsFloatingPointOrComplex(type))
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={type}");
            }

            private static void RequireAvailable(DeviceType type)
            {
                if (type == DeviceType.CUDA && !cuda.is_available()) throw new InvalidOperationException("CUDA is not available.");
            }

            private PropertyInfo? SettableProperty(string property, Type valueType) =>
                GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).FirstOrDefault(candidate =>
                    candidate.Name == property && candidate.CanWrite && candidate.PropertyType.IsAssignableFrom(valueType));

            private FieldInfo? ComponentField(string component, Type valueType) =>
                ComponentFields(GetType()).FirstOrDefault(field =>
                    field.ComponentName() == component && field.FieldType.IsAssignableFrom(valueType));
        }
    }
}
