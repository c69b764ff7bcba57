using Lrp.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>
/// Keeps of a block's forward pass only what it was given, and runs the block once more when relevance arrives: less
/// memory for one more forward pass. The modules inside the block keep their own rules.
/// </summary>
/// <remarks>
/// <para>
/// Activation checkpointing (Chen et al. 2016, "Training deep nets with sublinear memory cost") for relevance. A model
/// of L equal blocks needs the inputs of L blocks and the activations of one. Put it on the blocks of a transformer:
/// <c>new Composite { { typeof(Block), new Recompute() }, Presets… }</c>.
/// </para>
/// <para>
/// The block has to compute the same values again: in evaluation mode, or without dropout. Functions inside the block
/// cannot have rules, since the second run is not part of a call of the model: a composite with entries for functions
/// is refused.
/// </para>
/// </remarks>
public sealed class Recompute : BackwardRule
{
    /// <inheritdoc/>
    internal override bool LeavesTheInside => true;

    /// <inheritdoc/>
    public override string? Validate(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return module.training && module.modules().Any(IsRandom)
            ? "it runs the module twice, and dropout in training mode would give other values the second time; "
                + "call eval() on the model."
            : null;
    }

    /// <inheritdoc/>
    public override RuleNeeds NeedsFor(nn.Module module) => RuleNeeds.Arguments;

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return call.Recompute();
    }

    private static bool IsRandom(nn.Module module) =>
        module is Dropout or Dropout1d or Dropout2d or Dropout3d or AlphaDropout or FeatureAlphaDropout;
}
