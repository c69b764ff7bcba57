using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace Lrp.Core.Interception;

/// <summary>What libtorch calls where an operator is about to run that a scope lists.</summary>
internal static unsafe class OperatorCallback
{
    private const int Answered = 0,
        Through = 1,
        Failed = -1;

    [ThreadStatic]
    private static List<nint>? _running;

    [ThreadStatic]
    private static Exception? _fault;

    /// <summary>Whether the handler of a call runs on this thread.</summary>
    public static bool IsRunning(nint call) => _running?.Contains(call) == true;

    /// <summary>The exception that left a handler on this thread since it was last asked for.</summary>
    public static Exception? TakeFault()
    {
        var fault = _fault;
        _fault = null;
        return fault;
    }

    [UnmanagedCallersOnly]
    public static int Handle(nint state, nint call, NativeOperator* op, NativeValue* values, int count)
    {
        OperatorInterception? scope = null;
        try
        {
            var arguments = new ReadOnlySpan<NativeValue>(values, count);
            scope = OperatorInterception.Find(state);
            return scope is null ? LetThrough(arguments) : Answer(scope, call, op, arguments);
        }
        catch (Exception e)
        {
            _fault = e;
            scope?.Keep(e);
            fixed (byte* message = Encoding.UTF8.GetBytes(SafeText.Of(e) + "\0"))
            {
                NativeDispatch.Instance.Fail(call, message);
            }

            return Failed;
        }
    }

    // The scope was left on another thread just now.
    private static int LetThrough(ReadOnlySpan<NativeValue> values)
    {
        foreach (var value in values)
        {
            foreach (
                var tensor in value.ToManaged() switch
                {
                    Tensor one => [one],
                    Tensor?[] several => several,
                    _ => Array.Empty<Tensor?>(),
                }
            )
            {
                tensor?.Dispose();
            }
        }
        return Through;
    }

    private static int Answer(
        OperatorInterception scope,
        nint call,
        NativeOperator* op,
        ReadOnlySpan<NativeValue> values
    )
    {
        using var tensors = NewDisposeScope();
        var arguments = new object?[values.Length];
        for (var k = 0; k < arguments.Length; k++)
        {
            arguments[k] = values[k].ToManaged();
        }

        if (!scope.Holds())
        {
            return Through;
        }
        var running = _running ??= [];
        running.Add(call);
        try
        {
            var schema = OperatorSchema.Of(op);
            var result = scope.Answer(new OperatorCall(schema, call, arguments));
            if (ReferenceEquals(result, OperatorCall.LetThrough))
            {
                return Through;
            }

            Return(call, schema, result);
            return Answered;
        }
        finally
        {
            running.RemoveAt(running.Count - 1);
        }
    }

    private static void Return(nint call, OperatorSchema schema, object? result)
    {
        var native = NativeDispatch.Instance;
        var several =
            schema.ReturnCount == 1
                ? [result]
                : result switch
                {
                    null => [],
                    object?[] list => list,
                    ITuple tuple => Enumerable.Range(0, tuple.Length).Select(k => tuple[k]).ToArray(),
                    _ => [result],
                };
        var values = new NativeValues(several.Length);
        try
        {
            foreach (var value in several)
            {
                values.Add(value);
            }

            if (native.Return(call, values.Pointer, values.Count) != 0)
            {
                throw new InvalidOperationException(native.Error());
            }

            GC.KeepAlive(several);
        }
        finally
        {
            values.Dispose();
        }
    }
}
