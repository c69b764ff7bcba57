using Lrp.Core.Engine;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Core.Joining;

/// <summary>
/// Joins a layer whose rule reads its output only where relevance arrives with a ReLU behind it that passes relevance
/// on unchanged: what the ReLU returns is kept in place of what it was given, and the next layer keeps that anyway.
/// </summary>
/// <remarks>
/// Only where versions of tensors can be read: without the native library <c>lrp_dispatch</c> nothing would tell that a
/// layer's output was changed in place before the ReLU.
/// </remarks>
internal sealed class ReluJoining : ILayerJoining
{
    // The calls that a ReLU may follow, by the tensor that it would be called with; null outside a forward pass.
    private readonly ThreadLocal<Dictionary<Tensor, RectifiableCall>?> _offers = new(trackAllValues: true);

    public void BeginForward()
    {
        EndForward();
        _offers.Value = new(ReferenceEqualityComparer.Instance);
    }

    public void EndForward()
    {
        Free(_offers.Value);
        _offers.Value = null;
    }

    public IModuleInterceptor Intercept(RuleSite site, BackwardRule rule, IModuleInterceptor alone) =>
        rule.Joining.HasFlag(JoiningTraits.PassesRelevanceOn) && site.Module is TorchSharp.Modules.ReLU
            ? new RectifierInterceptor(site, alone, this)
            : alone;

    public void Offer(LayerCall call)
    {
        var needs = call.Rule.NeedsFor(call.Site.Module);
        if (
            _offers.Value is { } offers
            && call.Rule.Joining.HasFlag(JoiningTraits.ReadsOutputsWhereRelevant)
            && needs.HasFlag(RuleNeeds.Output | RuleNeeds.Input)
            && call.Site.Module is nn.Module<Tensor, Tensor>
            && OperatorInterception.VersionOf(call.Connected) is { } version
        )
        {
            offers[call.Connected] = RectifiableCall.Of(call, version, needs);
        }
    }

    /// <summary>The call that made a tensor, if a ReLU may be joined with it; the caller disposes it.</summary>
    public RectifiableCall? Take(Tensor output)
    {
        if (_offers.Value is not { } offers || !offers.Remove(output, out var call))
        {
            return null;
        }

        if (OperatorInterception.VersionOf(output) == call.Version)
        {
            return call;
        }

        call.Dispose();
        return null;
    }

    public void Dispose()
    {
        foreach (var offers in _offers.Values)
        {
            Free(offers);
        }
    }

    private static void Free(Dictionary<Tensor, RectifiableCall>? offers)
    {
        foreach (var call in offers?.Values ?? Enumerable.Empty<RectifiableCall>())
        {
            call.Dispose();
        }

        offers?.Clear();
    }
}
