using System.Diagnostics;
using System.Reflection;

namespace Lrp.Core.Functions;

/// <summary>
/// The stack frame of the <c>call()</c> of a module whose pre-hook is running, so that it can be asked later on whether that call is
/// still under way. Hooks do not run when forward throws: this is how an interrupted call is noticed.
/// </summary>
/// <remarks>Looking at the stack takes some ten microseconds. It is done once a call, and then only after an exception was thrown on the thread.</remarks>
internal sealed class ModuleCallFrame
{
    private static int _watching;

    [ThreadStatic]
    private static int _exceptions;

    private readonly StackFrame[] _outer; // the outermost frame last
    private readonly MethodBase? _call;
    private int _seen;

    private ModuleCallFrame(StackFrame[] outer, MethodBase? call)
    {
        _outer = outer;
        _call = call;
        _seen = _exceptions;
    }

    /// <summary>The frame of the call that runs the present pre-hook.</summary>
    public static ModuleCallFrame Capture()
    {
        if (Interlocked.Exchange(ref _watching, 1) == 0)
            AppDomain.CurrentDomain.FirstChanceException += (_, _) => _exceptions++;
        var frames = new StackTrace(1, false).GetFrames();
        for (var k = 0; k < frames.Length; k++)
        {
            if (frames[k].GetMethod() is { Name: "call" } method && method.DeclaringType is { Namespace: "TorchSharp" })
                return new ModuleCallFrame(frames[(k + 1)..], method);
        }
        return new ModuleCallFrame(frames[Math.Min(frames.Length, 3)..], null);
    }

    /// <summary>Whether the call is over although nothing told so: an exception was thrown and the frame is gone.</summary>
    public bool IsOver()
    {
        if (_seen == _exceptions)
            return false;
        var frames = new StackTrace(1, false).GetFrames();
        var first = frames.Length - _outer.Length;
        if (first < 1 || (_call is not null && frames[first - 1].GetMethod() != _call))
            return true;
        for (var k = 0; k < _outer.Length; k++)
        {
            var (now, then) = (frames[first + k], _outer[k]);
            if (now.GetNativeOffset() != then.GetNativeOffset() || now.GetMethod() != then.GetMethod())
                return true;
        }
        _seen = _exceptions; // it was caught within
        return false;
    }
}
