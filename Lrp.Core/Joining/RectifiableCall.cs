using Lrp.Core.Engine;
using static TorchSharp.torch;

namespace Lrp.Core.Joining;

/// <summary>A call of a layer that a ReLU may be joined with: what its rule needs except the output.</summary>
internal sealed class RectifiableCall : IDisposable
{
    private RectifiableCall(LayerCall call, long version, GradientGate? gate, IReadOnlyList<Tensor> kept)
    {
        Version = version;
        Site = call.Site;
        Rule = call.Rule;
        Original = call.Original.alias().DetachFromDisposeScope();
        Gate = gate;
        Kept = kept;
    }

    public RuleSite Site { get; }

    public BackwardRule Rule { get; }

    /// <summary>
    /// The version of the layer's output: another one says that it was changed in place, so that what a ReLU is given
    /// is not what the layer returned.
    /// </summary>
    public long Version { get; }

    /// <summary>The layer's input with its history.</summary>
    public Tensor Original { get; }

    /// <summary>
    /// The input without history, and the end of the local graph behind the gate where the rule needs it.
    /// </summary>
    public IReadOnlyList<Tensor> Kept { get; }

    /// <summary>Lets gradients into the local graph; null when the rule needs none.</summary>
    public GradientGate? Gate { get; }

    /// <summary>Keeps what is needed of a call that is about to free its tensors.</summary>
    public static RectifiableCall Of(LayerCall call, long version, RuleNeeds needs)
    {
        var kept = new List<Tensor> { call.Input.positive().DetachFromDisposeScope() };
        if (!needs.HasFlag(RuleNeeds.LocalGraph))
        {
            return new RectifiableCall(call, version, null, kept);
        }

        var (gate, end) = GradientGate.Behind(call.Output);
        kept.Add(end.DetachFromDisposeScope());
        return new RectifiableCall(call, version, gate, kept);
    }

    public void Dispose()
    {
        Original.Dispose();
        foreach (var tensor in Kept)
        {
            tensor.Dispose();
        }
    }
}
