using Lrp.Core.Hooks;

namespace Lrp.Core.Engine;

/// <summary>Layers stay nodes of their own.</summary>
internal sealed class NoJoining : ILayerJoining
{
    public void BeginForward() { }

    public void EndForward() { }

    public IModuleInterceptor Intercept(RuleSite site, BackwardRule rule, IModuleInterceptor alone) => alone;

    public void Offer(LayerCall call) { }

    public void Dispose() { }
}
