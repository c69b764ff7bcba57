using System.Diagnostics;
using System.Reflection;

namespace Lrp.Core.Interception;

/// <summary>
/// The stack frame of the <c>call()</c> of a module whose pre-hook is running, so that it can be asked later whether
/// that call is still under way.
/// </summary>
/// <remarks>
/// <para>
/// Why it exists: interception begins in the registered model's pre-hook and ends in its hook, and TorchSharp runs no
/// hook when <c>forward</c> throws. Nothing else tells that the call is over: <c>call()</c> has no <c>finally</c>, a
/// module's <c>forward</c> cannot be wrapped from outside, an object in the arguments has no deterministic end, and
/// waiting for the model's next call would leave the thread's own operators intercepted until then. An operator of the
/// caller's would get a rule without a word.
/// </para>
/// <para>
/// What bounds it: the stack is looked at once when a call begins, which takes some ten microseconds, and again only
/// after an exception was thrown on this thread while a call was under way. The call counts as over when such an
/// exception went past its frame, or when the frame is no longer where it was. Where the frame cannot be told (a caller
/// that reaches the pre-hook without <c>call()</c>), the call ends with the next call of the model on the thread, or
/// with the registration. A mistake can only end interception too early, in which case the functions keep their plain
/// gradient and are reported as not called, or too late, in which case the next operator of the thread that throws or
/// the next call ends it.
/// </para>
/// </remarks>
internal sealed class ModuleCallFrame
{
    private static int _watching;

    [ThreadStatic]
    private static ThrownExceptions? _thrown;

    private readonly StackFrame[] _outer; // the outermost frame last
    private readonly MethodBase? _call;
    private readonly ThrownExceptions _exceptions;
    private int _seen;

    private ModuleCallFrame(StackFrame[] outer, MethodBase? call)
    {
        _outer = outer;
        _call = call;
        _exceptions = _thrown ??= new ThrownExceptions();
        _exceptions.Watch();
        _seen = _exceptions.Count;
    }

    /// <summary>How many frames lie outside the call.</summary>
    public int Depth => _outer.Length;

    /// <summary>The frame of the call that runs the present pre-hook.</summary>
    public static ModuleCallFrame Capture()
    {
        if (Interlocked.Exchange(ref _watching, 1) == 0)
        {
            AppDomain.CurrentDomain.FirstChanceException += (_, thrown) => _thrown?.Note(thrown.Exception);
        }

        var frames = new StackTrace(1, false).GetFrames();
        for (var k = 0; k < frames.Length; k++)
        {
            if (frames[k].GetMethod() is { Name: "call" } method && method.DeclaringType is { Namespace: "TorchSharp" })
            {
                return new ModuleCallFrame(frames[(k + 1)..], method);
            }
        }
        return new ModuleCallFrame(frames[Math.Min(frames.Length, 3)..], null);
    }

    /// <summary>
    /// Whether the call is over although nothing told so: an exception was thrown and went past it, or the frame is
    /// gone.
    /// </summary>
    public bool IsOver()
    {
        if (_seen == _exceptions.Count)
        {
            return false;
        }

        if (_exceptions.AnyWentPast(Depth, _seen) || !IsOnTheStack())
        {
            return true;
        }

        _seen = _exceptions.Count; // it was caught within
        return false;
    }

    /// <summary>Whether an earlier frame is that of the same call, which is still under way.</summary>
    public bool IsOfSameCall(ModuleCallFrame earlier) =>
        _call is not null
        && earlier._call == _call
        && earlier.Depth == Depth
        && !earlier.IsOver()
        && !_outer.Where((frame, k) => frame.GetNativeOffset() != earlier._outer[k].GetNativeOffset()).Any();

    /// <summary>The call is over; its exceptions need not be kept any more.</summary>
    public void Release() => _exceptions.Forget();

    private bool IsOnTheStack()
    {
        var frames = new StackTrace(1, false).GetFrames();
        var first = frames.Length - _outer.Length;
        if (first < 1 || (_call is not null && frames[first - 1].GetMethod() != _call))
        {
            return false;
        }

        for (var k = 0; k < _outer.Length; k++)
        {
            var (now, then) = (frames[first + k], _outer[k]);
            if (now.GetNativeOffset() != then.GetNativeOffset() || now.GetMethod() != then.GetMethod())
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>
    /// The exceptions of one thread while somebody watches, each with the depth of the frame that threw it.
    /// </summary>
    private sealed class ThrownExceptions
    {
        private const int Most = 32;
        private readonly List<(Exception Exception, int Depth, int Number)> _noted = [];

        private int _watchers;

        public int Count { get; private set; }

        public void Watch() => Interlocked.Increment(ref _watchers);

        public void Forget()
        {
            if (Interlocked.Decrement(ref _watchers) > 0)
            {
                return;
            }

            lock (_noted)
            {
                _noted.Clear();
            }
        }

        public void Note(Exception exception)
        {
            Count++;
            if (Volatile.Read(ref _watchers) <= 0)
            {
                return;
            }

            lock (_noted)
            {
                Keep(exception);
            }
        }

        private void Keep(Exception exception)
        {
            var trace = new StackTrace(exception, false);
            var earlier = _noted.FindIndex(thrown => ReferenceEquals(thrown.Exception, exception));
            if (earlier >= 0 && trace.FrameCount > 1)
            {
                return; // thrown on: its trace continues
            }

            if (earlier >= 0 || _noted.Count == Most)
            {
                _noted.RemoveAt(Math.Max(earlier, 0));
            }

            var thrower = trace.GetFrame(0)?.GetMethod();
            var frames = new StackTrace(1, false).GetFrames();
            var position = thrower is null ? -1 : Array.FindIndex(frames, frame => frame.GetMethod() == thrower);
            if (position >= 0)
            {
                _noted.Add((exception, frames.Length - position, Count));
            }
        }

        /// <summary>Whether an exception noted since then was caught outside a frame that lies at a depth.</summary>
        public bool AnyWentPast(int depth, int since)
        {
            lock (_noted)
            {
                return _noted.Any(thrown =>
                    thrown.Number > since
                    && thrown.Depth - new StackTrace(thrown.Exception, false).FrameCount + 1 <= depth
                );
            }
        }
    }
}
