using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// A call of a module with a rule that reads its output only where relevance arrives. If a ReLU follows that hands
/// relevance on unchanged, the two become one <see cref="RectifiedNode"/>, which keeps what the ReLU returns in place
/// of what it was given: the next layer keeps that anyway.
/// </summary>
internal sealed class RectifiableCall(
    RuleSite site, BackwardRule rule, Tensor original, IReadOnlyList<Tensor> kept, GradientGate? gate) : IDisposable
{
    public RuleSite Site { get; } = site;

    public BackwardRule Rule { get; } = rule;

    /// <summary>The module's input with its history.</summary>
    public Tensor Original { get; } = original;

    /// <summary>What the rule needs but the output: the input, and the end of the local graph behind the gate.</summary>
    public IReadOnlyList<Tensor> Kept { get; } = kept;

    /// <summary>Lets gradients into the local graph; null when the rule needs none.</summary>
    public GradientGate? Gate { get; } = gate;

    public void Dispose()
    {
        Original.Dispose();
        foreach (var tensor in Kept)
        {
            tensor.Dispose();
        }
    }
}
