using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Lrp.Core.Interception;

/// <summary>
/// A scope on one thread in which libtorch's operators pass through a handler before they run, whoever calls them: user
/// code, a module's forward, or a composite function of libtorch. Nothing is traced, so control flow that depends on
/// data keeps working.
/// </summary>
/// <remarks>
/// Scopes nest: the innermost one that lists an operator handles it. While a handler runs, nothing is intercepted on
/// its thread, unless it enters a scope of its own. Other threads never see a scope. An exception that leaves a handler
/// is kept in <see cref="Fault"/>, and the operator's caller gets an <see cref="ExternalException"/> with its message.
/// </remarks>
public sealed unsafe class OperatorInterception : IDisposable
{
    private static readonly ConcurrentDictionary<nint, OperatorInterception> Alive = new();

    private static long _last;

    [ThreadStatic]
    private static List<OperatorInterception>? _entered;

    private readonly Func<OperatorCall, object?>? _handler;
    private readonly ModuleCallFrame? _frame;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly nint _number = (nint)Interlocked.Increment(ref _last);
    private nint _scope;
    private Exception? _kept;

    private OperatorInterception(Func<OperatorCall, object?>? handler, ModuleCallFrame? frame)
    {
        _handler = handler;
        _frame = frame;
    }

    /// <summary>
    /// Whether <c>lrp_dispatch</c> could be loaded, so that functions can be intercepted in this process.
    /// </summary>
    public static bool IsAvailable => NativeDispatch.IsAvailable(out _);

    /// <summary>The first exception that left the handler, or null.</summary>
    public Exception? Fault => _kept;

    /// <summary>
    /// Whether the module call that the scope belongs to was ended by an exception; asked on its own thread.
    /// </summary>
    internal bool IsAbandoned => Environment.CurrentManagedThreadId == _thread && _frame?.IsOver() == true;

    /// <summary>Whether the scope has been left.</summary>
    public bool IsLeft => Volatile.Read(ref _scope) == 0;

    /// <summary>Fails where operators cannot be intercepted in this process.</summary>
    /// <exception cref="InvalidOperationException">
    /// The native library is missing; the message tells how to get it.
    /// </exception>
    public static void ThrowIfUnavailable() => _ = NativeDispatch.Instance;

    /// <summary>Enters a scope on this thread, which acts always and ends when it is disposed.</summary>
    /// <param name="operators">
    /// Operators' names, <c>aten::add</c> for all overloads or <c>aten::add.Tensor</c> for one; null for every
    /// operator.
    /// </param>
    /// <param name="handler">
    /// Gets each call and returns the result (<c>object?[]</c> for several), or <see cref="OperatorCall.LetThrough"/>.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// The native library is missing; the message tells how to get it.
    /// </exception>
    public static OperatorInterception Enter(
        IReadOnlyCollection<string>? operators,
        Func<OperatorCall, object?> handler
    ) => Enter(operators, handler, InterceptionOptions.Default);

    /// <summary>Enters a scope on this thread.</summary>
    /// <param name="operators">
    /// Operators' names, <c>aten::add</c> for all overloads or <c>aten::add.Tensor</c> for one; null for every
    /// operator.
    /// </param>
    /// <param name="handler">
    /// Gets each call and returns the result (<c>object?[]</c> for several), or <see cref="OperatorCall.LetThrough"/>.
    /// </param>
    /// <param name="options">When the scope acts, and what ends it.</param>
    /// <exception cref="InvalidOperationException">
    /// The native library is missing; the message tells how to get it.
    /// </exception>
    public static OperatorInterception Enter(
        IReadOnlyCollection<string>? operators,
        Func<OperatorCall, object?> handler,
        InterceptionOptions options
    )
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(options);
        return Enter(
            operators,
            handler,
            options.OnlyWithGradients,
            options.EndsWithModuleCall ? ModuleCallFrame.Capture() : null
        );
    }

    /// <summary>
    /// Enters a scope on this thread in which nothing is intercepted, such as around a module that has a rule of its
    /// own.
    /// </summary>
    /// <returns>The scope, or null where the thread has none that could intercept anything.</returns>
    internal static OperatorInterception? Suspend()
    {
        if (_entered is not { Count: > 0 })
        {
            return null;
        }

        LeaveAbandoned();
        return _entered.Count == 0 ? null : Enter([], null, false, null);
    }

    /// <summary>
    /// The same number for every <see cref="Tensor"/> object over one native tensor; no two native tensors alive at
    /// once share it.
    /// </summary>
    /// <remarks>A number stays valid as long as some <see cref="Tensor"/> keeps the native tensor alive.</remarks>
    /// <exception cref="InvalidOperationException">The native library is missing.</exception>
    internal static nint IdentityOf(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return NativeDispatch.Instance.Identity(tensor.Handle);
    }

    /// <summary>
    /// A number that grows with every change of the tensor in place; null where the native library is missing.
    /// </summary>
    internal static long? VersionOf(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return NativeDispatch.IsAvailable(out _) ? NativeDispatch.Instance.VersionOf(tensor.Handle) : null;
    }

    /// <summary>Leaves this thread's scopes whose module call was ended by an exception.</summary>
    internal static void LeaveAbandoned()
    {
        _entered?.RemoveAll(scope => scope._scope == 0); // left on another thread
        for (var k = 0; _entered is not null && k < _entered.Count; k++)
        {
            if (_entered[k]._frame is { } frame && frame.IsOver())
            {
                _entered[k].Dispose();
                return; // with all that were entered after it
            }
        }
    }

    /// <summary>Leaves the scope and those entered after it. Leaving twice does nothing.</summary>
    public void Dispose()
    {
        var scope = Interlocked.Exchange(ref _scope, 0);
        if (scope == 0)
        {
            return;
        }

        NativeDispatch.Instance.Leave(scope);
        _frame?.Release();
        if (_entered is { } entered && Environment.CurrentManagedThreadId == _thread)
        {
            var position = entered.IndexOf(this);
            for (var k = entered.Count - 1; position >= 0 && k >= position; k--)
            {
                var inner = entered[k];
                entered.RemoveAt(k);
                if (!ReferenceEquals(inner, this))
                {
                    inner.Dispose();
                }
            }
        }
        Alive.TryRemove(_number, out _);
    }

    /// <summary>The scope of a number that libtorch was given for it; null where it has been left.</summary>
    internal static OperatorInterception? Find(nint number) => Alive.GetValueOrDefault(number);

    /// <summary>Whether the scope still holds for an operator that is about to run; it ends with its call.</summary>
    internal bool Holds()
    {
        if (_frame?.IsOver() != true)
        {
            return true;
        }

        Dispose();
        return false;
    }

    internal object? Answer(OperatorCall call) => _handler!(call);

    internal void Keep(Exception fault) => Interlocked.CompareExchange(ref _kept, fault, null);

    private static OperatorInterception Enter(
        IReadOnlyCollection<string>? operators,
        Func<OperatorCall, object?>? handler,
        bool onlyWithGradients,
        ModuleCallFrame? frame
    )
    {
        var native = NativeDispatch.Instance;
        LeaveAbandoned();
        // A call that is at the depth of an earlier one has taken its place on the stack; one call may enter several.
        if (
            frame is not null
            && _entered?.Find(earlier =>
                earlier._frame is { } other && other.Depth >= frame.Depth && !frame.IsOfSameCall(other)
            )
                is { } interrupted
        )
        {
            interrupted.Dispose();
        }

        var scope = new OperatorInterception(handler, frame);
        Alive[scope._number] = scope;
        var names = (operators ?? []).Select(name => Marshal.StringToCoTaskMemUTF8(name)).ToArray();
        try
        {
            fixed (nint* list = names)
            {
                scope._scope = native.Enter(
                    (byte**)list,
                    operators is null ? -1 : names.Length,
                    onlyWithGradients ? 1 : 0,
                    handler is null ? null : &OperatorCallback.Handle,
                    scope._number
                );
            }
        }
        finally
        {
            foreach (var name in names)
            {
                Marshal.FreeCoTaskMem(name);
            }
        }
        if (scope._scope == 0)
        {
            Alive.TryRemove(scope._number, out _);
            throw new InvalidOperationException(native.Error());
        }
        (_entered ??= []).Add(scope);
        return scope;
    }
}
