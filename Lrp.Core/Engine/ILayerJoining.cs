using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// Decides which layers become one node with the module behind them, so that fewer values are kept for backward.
/// </summary>
internal interface ILayerJoining : IDisposable
{
    /// <summary>
    /// A forward pass of the registered model begins on this thread; what one that failed left behind goes.
    /// </summary>
    void BeginForward();

    /// <summary>The forward pass on this thread is over, and with it every offer.</summary>
    void EndForward();

    /// <summary>The interceptor of a module with a rule.</summary>
    /// <param name="site">The module.</param>
    /// <param name="rule">Its rule.</param>
    /// <param name="alone">What intercepts the module where it is joined with nothing.</param>
    IModuleInterceptor Intercept(RuleSite site, BackwardRule rule, IModuleInterceptor alone);

    /// <summary>A layer has run that the module behind it may be joined with.</summary>
    void Offer(LayerCall call);
}

/// <summary>One finished call of a module with a rule; its tensors are valid until the offer returns.</summary>
/// <param name="Site">The module.</param>
/// <param name="Rule">Its rule.</param>
/// <param name="Original">The only input, with its history.</param>
/// <param name="Input">The same without history, as the rule sees it.</param>
/// <param name="Output">The only output, with the module's own graph.</param>
/// <param name="Connected">The output that the caller gets.</param>
internal sealed record LayerCall(
    RuleSite Site,
    BackwardRule Rule,
    Tensor Original,
    Tensor Input,
    Tensor Output,
    Tensor Connected
);
