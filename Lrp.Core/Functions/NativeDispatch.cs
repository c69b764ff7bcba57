using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

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

/// <summary>The functions of <c>lrp_dispatch</c>, found at first use.</summary>
internal sealed unsafe class NativeDispatch
{
    private const int Version = 1;
    private const string FileName = "liblrp_dispatch.so";

    private static readonly Lazy<object> Loaded = new(() => Load(Candidates()), LazyThreadSafetyMode.ExecutionAndPublication);

    public readonly delegate* unmanaged<byte*> LastError;
    public readonly delegate* unmanaged<byte**, int, int, delegate* unmanaged<nint, nint, NativeOperator*, NativeValue*, int, int>, nint, nint> Enter;
    public readonly delegate* unmanaged<nint, void> Leave;
    public readonly delegate* unmanaged<int> Depth;
    public readonly delegate* unmanaged<nint, NativeValue*, int, int> Return;
    public readonly delegate* unmanaged<nint, byte*, void> Fail;
    public readonly delegate* unmanaged<NativeOperator*, NativeValue*, int, NativeValue*, int, int> Invoke;
    public readonly delegate* unmanaged<nint, NativeValue*, int, NativeValue*, int, int> Decompose;
    public readonly delegate* unmanaged<byte*, byte*, NativeOperator*> Find;
    public readonly delegate* unmanaged<byte*, int> Has;
    public readonly delegate* unmanaged<nint, nint> Identity;
    public readonly delegate* unmanaged<nint, long> VersionOf;

    private NativeDispatch(nint library)
    {
        nint Export(string name) => NativeLibrary.GetExport(library, name);
        LastError = (delegate* unmanaged<byte*>)Export("lrp_dispatch_last_error");
        Enter = (delegate* unmanaged<byte**, int, int, delegate* unmanaged<nint, nint, NativeOperator*, NativeValue*, int, int>, nint, nint>)Export("lrp_dispatch_enter");
        Leave = (delegate* unmanaged<nint, void>)Export("lrp_dispatch_leave");
        Depth = (delegate* unmanaged<int>)Export("lrp_dispatch_depth");
        Return = (delegate* unmanaged<nint, NativeValue*, int, int>)Export("lrp_dispatch_return");
        Fail = (delegate* unmanaged<nint, byte*, void>)Export("lrp_dispatch_fail");
        Invoke = (delegate* unmanaged<NativeOperator*, NativeValue*, int, NativeValue*, int, int>)Export("lrp_dispatch_invoke");
        Decompose = (delegate* unmanaged<nint, NativeValue*, int, NativeValue*, int, int>)Export("lrp_dispatch_decompose");
        Find = (delegate* unmanaged<byte*, byte*, NativeOperator*>)Export("lrp_dispatch_find");
        Has = (delegate* unmanaged<byte*, int>)Export("lrp_dispatch_has");
        Identity = (delegate* unmanaged<nint, nint>)Export("lrp_dispatch_identity");
        VersionOf = (delegate* unmanaged<nint, long>)Export("lrp_dispatch_version_of");

        var version = ((delegate* unmanaged<int>)Export("lrp_dispatch_version"))();
        if (version != Version)
            throw new InvalidOperationException($"{FileName} has interface {version} and this Lrp.Core needs {Version}: build native/ again.");
    }

    /// <summary>Whether operators can be intercepted in this process; the reason why not otherwise.</summary>
    public static bool IsAvailable(out string reason)
    {
        reason = Loaded.Value as string ?? "";
        return Loaded.Value is NativeDispatch;
    }

    /// <exception cref="InvalidOperationException">The native library is missing or does not fit.</exception>
    public static NativeDispatch Instance => Loaded.Value as NativeDispatch ?? throw new InvalidOperationException((string)Loaded.Value);

    public string Error() => Marshal.PtrToStringUTF8((nint)LastError()) ?? "";

    /// <summary>The library, or a sentence that says why it is not there and what to do.</summary>
    internal static object Load(IEnumerable<string> candidates)
    {
        const string remedy = "Interception of functions is unavailable; modules and drop-ins (Relevance.*) work without it. " +
            "Build it with 'cmake -S native -B native/build && cmake --build native/build' against the libtorch in use, and put " +
            FileName + " beside Lrp.Core.dll or name its folder in the environment variable LRP_NATIVE.";
        using var probe = zeros(1); // libtorch is in the process before the library that links to it
        var tried = new List<string>();
        foreach (var path in candidates)
        {
            tried.Add(path);
            if (!File.Exists(path))
                continue;
            try
            {
                var library = NativeLibrary.Load(path);
                var same = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "lrp_dispatch_same_libtorch");
                return same(probe.Handle) != 0
                    ? new NativeDispatch(library)
                    : $"{path} was built against another libtorch than the one in use. {remedy}";
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException or InvalidOperationException)
            {
                return $"{path} cannot be loaded: {e.Message} {remedy}";
            }
        }
        return $"{FileName} was not found (looked for {string.Join(", ", tried)}). {remedy}";
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("LRP_NATIVE") is { Length: > 0 } named)
            yield return Directory.Exists(named) ? Path.Combine(named, FileName) : named;
        yield return Path.Combine(Path.GetDirectoryName(typeof(NativeDispatch).Assembly.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory, FileName);
        yield return Path.Combine(AppContext.BaseDirectory, FileName);
    }
}
