using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>No graph is built until the result is disposed, on this thread.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static bool is_grad_enabled() => Native.lrp_grad_enabled() != 0;

    /// <summary>Like <see cref="no_grad"/>, and tensors made meanwhile can never take part in a graph.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceGuard(mode);

    public static bool is_inference_mode_enabled() => Native.lrp_inference_mode_enabled() != 0;

    internal sealed class GradMode : IDisposable
    {
        private readonly bool _before = is_grad_enabled();

        internal GradMode(bool enabled) => Native.lrp_set_grad_enabled(enabled ? 1 : 0);

        public void Dispose() => Native.lrp_set_grad_enabled(_before ? 1 : 0);
    }

    private sealed class InferenceGuard(bool mode) : IDisposable
    {
        private IntPtr _guard = Native.lrp_inference_mode_enter(mode ? 1 : 0);

        public void Dispose()
        {
            if (_guard != IntPtr.Zero)
            {
                Native.lrp_inference_mode_leave(_guard);
                _guard = IntPtr.Zero;
            }
        }
    }
}

/// <summary>While it lives, errors in backward name the forward operator that caused them.</summary>
public class AnomalyMode : IDisposable
{
    private readonly bool _enabled = IsEnabled;
    private readonly bool _checkNan = ShouldCheckNaN;

    public AnomalyMode(bool enabled, bool check_nan = true) => Native.lrp_set_anomaly(enabled ? 1 : 0, check_nan ? 1 : 0);

    public static bool IsEnabled => Native.lrp_anomaly_enabled() != 0;

    public static bool ShouldCheckNaN => Native.lrp_anomaly_check_nan() != 0;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Native.lrp_set_anomaly(_enabled ? 1 : 0, _checkNan ? 1 : 0);
        }
    }
}
