using System.Reflection;
using System.Runtime.InteropServices;

namespace Lrp.Torch.Interop;

/// <summary>The C interface of <c>lrp_torch</c>.</summary>
internal static unsafe partial class Native
{
    private const string Library = "lrp_torch";

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return IntPtr.Zero;
        }

        string file = OperatingSystem.IsWindows() ? "lrp_torch.dll" : OperatingSystem.IsMacOS() ? "liblrp_torch.dylib" : "liblrp_torch.so";
        string?[] folders = [Environment.GetEnvironmentVariable("LRP_NATIVE"), AppContext.BaseDirectory, Path.GetDirectoryName(assembly.Location)];
        foreach (string? folder in folders)
        {
            if (!string.IsNullOrEmpty(folder) && File.Exists(Path.Combine(folder, file)))
            {
                return NativeLibrary.Load(Path.Combine(folder, file));
            }
        }

        throw new DllNotFoundException(
            $"{file} was not found beside the program ({AppContext.BaseDirectory}) nor in the folder that LRP_NATIVE names. Run './lrp setup' and build again.");
    }

    /// <summary>What the last failed native call of this thread said.</summary>
    internal static string LastError => Marshal.PtrToStringUTF8(lrp_last_error()) ?? "unknown native error";

    /// <summary>Throws when a native call reported failure.</summary>
    internal static void Check(int status)
    {
        if (status < 0)
        {
            throw Failure();
        }
    }

    /// <summary>Throws when a native call that returns a handle failed.</summary>
    internal static IntPtr Check(IntPtr handle) => handle == IntPtr.Zero ? throw Failure() : handle;

    /// <summary>The exception for the last failure: the managed one that caused it, where there was one.</summary>
    internal static Exception Failure()
    {
        string message = LastError;
        Exception? cause = ManagedFailures.Take(message);
        if (cause is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
        }

        return new ExternalException(message);
    }

    [DllImport(Library)] private static extern IntPtr lrp_last_error();
    [DllImport(Library)] internal static extern IntPtr lrp_torch_version();

    [DllImport(Library)] internal static extern IntPtr lrp_operator_find([MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string overload);
    [DllImport(Library)] internal static extern int lrp_operator_call(IntPtr op, Value* values, int n, Value* results, int capacity);

    [DllImport(Library)] internal static extern void lrp_tensor_free(IntPtr tensor);
    [DllImport(Library)] internal static extern IntPtr lrp_tensor_alias(IntPtr tensor);
    [DllImport(Library), SuppressGCTransition] internal static extern IntPtr lrp_tensor_identity(IntPtr tensor);
    [DllImport(Library)] internal static extern int lrp_tensor_info(IntPtr tensor, TensorInfo* info);
    [DllImport(Library), SuppressGCTransition] internal static extern int lrp_tensor_dtype(IntPtr tensor);
    [DllImport(Library), SuppressGCTransition] internal static extern int lrp_tensor_dim(IntPtr tensor);
    [DllImport(Library), SuppressGCTransition] internal static extern long lrp_tensor_numel(IntPtr tensor);
    [DllImport(Library), SuppressGCTransition] internal static extern int lrp_tensor_device_type(IntPtr tensor);
    [DllImport(Library), SuppressGCTransition] internal static extern int lrp_tensor_device_index(IntPtr tensor);
    [DllImport(Library), SuppressGCTransition] internal static extern long lrp_tensor_nbytes(IntPtr tensor);
    [DllImport(Library)] internal static extern int lrp_tensor_sizes(IntPtr tensor, long* sizes);
    [DllImport(Library)] internal static extern int lrp_tensor_strides(IntPtr tensor, long* strides);
    [DllImport(Library)] internal static extern int lrp_tensor_is_contiguous(IntPtr tensor, int memoryFormat);
    [DllImport(Library)] internal static extern IntPtr lrp_tensor_data(IntPtr tensor);
    [DllImport(Library)] internal static extern IntPtr lrp_tensor_from_memory(void* data, long* sizes, int dim, int dtype, delegate* unmanaged<IntPtr, void> free, IntPtr context);

    [DllImport(Library)] internal static extern int lrp_backward(IntPtr* tensors, int n, IntPtr* grads, int gradCount, int retainGraph, int createGraph, IntPtr* inputs, int inputCount);
    [DllImport(Library)] internal static extern int lrp_grad(IntPtr* outputs, int n, IntPtr* inputs, int inputCount, IntPtr* grads, int gradCount, int retainGraph, int createGraph, int allowUnused, IntPtr* results);
    [DllImport(Library)] internal static extern IntPtr lrp_tensor_grad(IntPtr tensor);
    [DllImport(Library)] internal static extern int lrp_tensor_set_grad(IntPtr tensor, IntPtr grad);
    [DllImport(Library)] internal static extern int lrp_tensor_set_requires_grad(IntPtr tensor, int on);

    [DllImport(Library)] internal static extern IntPtr lrp_node_new([MarshalAs(UnmanagedType.LPUTF8Str)] string title, IntPtr* inputs, int n, delegate* unmanaged<IntPtr, IntPtr*, int, IntPtr*, int, long> backward, delegate* unmanaged<IntPtr, void> release, IntPtr context);
    [DllImport(Library)] internal static extern void lrp_node_free(IntPtr node);
    [DllImport(Library)] internal static extern void lrp_node_materialize(IntPtr node, int on);
    [DllImport(Library)] internal static extern int lrp_node_wrap(IntPtr node, IntPtr* inputs, int inputCount, IntPtr* outputs, int* kinds, int n, IntPtr* results);
    [DllImport(Library)] internal static extern int lrp_node_save(IntPtr node, IntPtr* tensors, int n);
    [DllImport(Library)] internal static extern int lrp_node_saved(IntPtr node, IntPtr* results, int n);
    [DllImport(Library)] internal static extern int lrp_node_saved_count(IntPtr node);
    [DllImport(Library)] internal static extern IntPtr lrp_node_weak(IntPtr node);
    [DllImport(Library)] internal static extern IntPtr lrp_node_lock(IntPtr weak);
    [DllImport(Library)] internal static extern void lrp_node_weak_free(IntPtr weak);

    [DllImport(Library), SuppressGCTransition] internal static extern int lrp_grad_enabled();
    [DllImport(Library), SuppressGCTransition] internal static extern void lrp_set_grad_enabled(int on);
    [DllImport(Library)] internal static extern int lrp_inference_mode_enabled();
    [DllImport(Library)] internal static extern IntPtr lrp_inference_mode_enter(int on);
    [DllImport(Library)] internal static extern void lrp_inference_mode_leave(IntPtr guard);
    [DllImport(Library)] internal static extern int lrp_anomaly_enabled();
    [DllImport(Library)] internal static extern int lrp_anomaly_check_nan();
    [DllImport(Library)] internal static extern void lrp_set_anomaly(int on, int checkNan);

    [DllImport(Library)] internal static extern int lrp_cuda_device_count();
    [DllImport(Library)] internal static extern int lrp_cudnn_is_available();
    [DllImport(Library)] internal static extern int lrp_cuda_synchronize(int index);
    [DllImport(Library)] internal static extern int lrp_manual_seed(ulong seed, int cudaOnly);
    [DllImport(Library)] internal static extern IntPtr lrp_generator_new(ulong seed, int deviceType, int deviceIndex);
    [DllImport(Library)] internal static extern IntPtr lrp_generator_default();
    [DllImport(Library)] internal static extern void lrp_generator_free(IntPtr generator);
    [DllImport(Library)] internal static extern long lrp_generator_seed(IntPtr generator);
    [DllImport(Library)] internal static extern int lrp_generator_set_seed(IntPtr generator, ulong seed);
    [DllImport(Library)] internal static extern IntPtr lrp_generator_get_state(IntPtr generator);
    [DllImport(Library)] internal static extern int lrp_generator_set_state(IntPtr generator, IntPtr state);
    [DllImport(Library)] internal static extern int lrp_get_num_threads();
    [DllImport(Library)] internal static extern int lrp_set_num_threads(int n);
    [DllImport(Library)] internal static extern int lrp_get_num_interop_threads();
    [DllImport(Library)] internal static extern int lrp_set_num_interop_threads(int n);
}
