using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Interception;

/// <summary>What native code knows of an operator; mirrors the first fields of <c>lrp::Operator</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeOperator
{
    public byte* Name;
    public byte* Overload;
    public int ArgumentCount;
    public int ReturnCount;
    public byte** ArgumentNames;
    public int Composite;
}

/// <summary>What native code knows of a tensor; mirrors <c>TensorState</c> in native/exports.cpp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeTensorState
{
    public nint Identity;
    public nint Storage;
    public long Version;
    public int RequiresGrad;
}

/// <summary>The functions of <c>lrp_dispatch</c>, found at first use.</summary>
internal sealed unsafe class NativeDispatch
{
    private const int Version = 3;
    private const string Name = "lrp_dispatch";

    private static readonly Lazy<object> Loaded = new(
        () => Load(Probed, LibTorch.InThisProcess),
        LazyThreadSafetyMode.ExecutionAndPublication
    );

    public readonly delegate* unmanaged<byte*> LastError;
    public readonly delegate* unmanaged<
        byte**,
        int,
        int,
        delegate* unmanaged<nint, nint, NativeOperator*, NativeValue*, int, int>,
        nint,
        nint> Enter;
    public readonly delegate* unmanaged<nint, void> Leave;
    public readonly delegate* unmanaged<nint, NativeValue*, int, int> Return;
    public readonly delegate* unmanaged<nint, byte*, void> Fail;
    public readonly delegate* unmanaged<NativeOperator*, NativeValue*, int, NativeValue*, int, int> Invoke;
    public readonly delegate* unmanaged<nint, NativeValue*, int, NativeValue*, int, int> Decompose;
    public readonly delegate* unmanaged<byte*, byte*, NativeOperator*> Find;
    public readonly delegate* unmanaged<byte*, int> Has;
    public readonly delegate* unmanaged<nint, nint> Identity;
    public readonly delegate* unmanaged<nint, long> VersionOf;
    public readonly delegate* unmanaged<nint, NativeTensorState*, void> StateOf;
    public readonly delegate* unmanaged<nint, nint> Weak;
    public readonly delegate* unmanaged<nint, nint> WeakLock;
    public readonly delegate* unmanaged<nint, void> WeakFree;
    public readonly delegate* unmanaged<nint, nint> Share;

    private NativeDispatch(nint library)
    {
        nint Export(string name) => NativeLibrary.GetExport(library, name);
        LastError = (delegate* unmanaged<byte*>)Export("lrp_dispatch_last_error");
        Enter = (delegate* unmanaged<
            byte**,
            int,
            int,
            delegate* unmanaged<nint, nint, NativeOperator*, NativeValue*, int, int>,
            nint,
            nint>)Export("lrp_dispatch_enter");
        Leave = (delegate* unmanaged<nint, void>)Export("lrp_dispatch_leave");
        Return = (delegate* unmanaged<nint, NativeValue*, int, int>)Export("lrp_dispatch_return");
        Fail = (delegate* unmanaged<nint, byte*, void>)Export("lrp_dispatch_fail");
        Invoke = (delegate* unmanaged<NativeOperator*, NativeValue*, int, NativeValue*, int, int>)Export(
            "lrp_dispatch_invoke"
        );
        Decompose = (delegate* unmanaged<nint, NativeValue*, int, NativeValue*, int, int>)Export(
            "lrp_dispatch_decompose"
        );
        Find = (delegate* unmanaged<byte*, byte*, NativeOperator*>)Export("lrp_dispatch_find");
        Has = (delegate* unmanaged<byte*, int>)Export("lrp_dispatch_has");
        Identity = (delegate* unmanaged<nint, nint>)Export("lrp_dispatch_identity");
        VersionOf = (delegate* unmanaged<nint, long>)Export("lrp_dispatch_version_of");
        StateOf = (delegate* unmanaged<nint, NativeTensorState*, void>)Export("lrp_dispatch_state_of");
        Weak = (delegate* unmanaged<nint, nint>)Export("lrp_dispatch_weak");
        WeakLock = (delegate* unmanaged<nint, nint>)Export("lrp_dispatch_weak_lock");
        WeakFree = (delegate* unmanaged<nint, void>)Export("lrp_dispatch_weak_free");
        Share = (delegate* unmanaged<nint, nint>)Export("lrp_dispatch_share");
        if (((delegate* unmanaged<int>)Export("lrp_dispatch_install"))() != 0)
        {
            throw new InvalidOperationException(Error());
        }

        using var probe = zeros(1);
        if (((delegate* unmanaged<nint, int>)Export("lrp_dispatch_same_libtorch"))(probe.Handle) == 0)
        {
            throw new InvalidOperationException("it is linked to another libtorch than the one that TorchSharp uses");
        }
    }

    /// <summary>Whether operators can be intercepted in this process; the reason why not otherwise.</summary>
    public static bool IsAvailable(out string reason)
    {
        reason = Loaded.Value as string ?? "";
        return Loaded.Value is NativeDispatch;
    }

    /// <exception cref="InvalidOperationException">The native library is missing or does not fit.</exception>
    public static NativeDispatch Instance =>
        Loaded.Value as NativeDispatch ?? throw new InvalidOperationException((string)Loaded.Value);

    public string Error() => Marshal.PtrToStringUTF8((nint)LastError()) ?? "";

    /// <summary>
    /// The library, or a sentence that says why it cannot be used. It is asked which libtorch it was built for before
    /// it does anything else.
    /// </summary>
    /// <param name="load">Loads the library, or returns 0 where it is not found.</param>
    /// <param name="running">The libtorch that the process has loaded.</param>
    internal static object Load(Func<nint> load, Func<LibTorch> running)
    {
        try
        {
            InitializeDeviceType(DeviceType.CPU); // libtorch is in the process before the library that links to it
            var library = load();
            if (library == 0)
            {
                return Unavailable(
                    $"the native library {Name} for {RuntimeInformation.RuntimeIdentifier} is not in the folder of "
                        + "Lrp.Core.dll"
                );
            }

            var version = ((delegate* unmanaged<int>)NativeLibrary.GetExport(library, "lrp_dispatch_version"))();
            if (version != Version)
            {
                return Unavailable($"{Name} has interface {version}, and this Lrp.Core needs interface {Version}");
            }

            var builtFor = Marshal.PtrToStringUTF8(
                ((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "lrp_dispatch_libtorch"))()
            );
            var found = running();
            return found.Version == builtFor
                ? new NativeDispatch(library)
                : Unavailable($"{Name} is built for libtorch {builtFor}, and this process has loaded libtorch {found}");
        }
        catch (Exception e)
            when (e
                    is DllNotFoundException
                        or BadImageFormatException
                        or EntryPointNotFoundException
                        or InvalidOperationException
            )
        {
            return Unavailable($"{Name} cannot be loaded: {e.Message.TrimEnd('.')}");
        }
    }

    private static string Unavailable(string reason) =>
        "Functions inside forward() cannot be given rules here, because "
        + reason
        + "; rules for modules, the function modules and the drop-ins (Relevance.*) work without it. It is in the "
        + $"package Lrp.Native.{RuntimeInformation.RuntimeIdentifier}, where there is one, and './lrp native "
        + "--download' in a clone builds it.";

    private static nint Probed() =>
        NativeLibrary.TryLoad(Name, typeof(NativeDispatch).Assembly, null, out var library) ? library : 0;
}
