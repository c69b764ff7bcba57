using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Rules;
using TorchSharp;

namespace Lrp.Composites.Canonizers;

/// <summary>
/// Gives the additions of residual connections, <c>branch(x) + x</c> inside a model's <c>forward</c>, the rule that
/// the presets give to sums as modules: relevance in proportion to the summands.
/// </summary>
/// <remarks>
/// The presets with LRP rules do so by themselves where functions can be intercepted; this is for other composites, and
/// for another rule. Without either, relevance follows the plain gradient of an addition, which hands all of it to both
/// summands and so doubles it at every connection. The model is not changed; additions are noticed by <see
/// cref="Rules.FunctionRules.Functions.Add"/> while the model runs, outside the modules that have a rule of their own.
/// </remarks>
public sealed class ResidualAdditions : ICanonizer
{
    /// <summary>Creates the canonizer.</summary>
    /// <param name="rule">The rule of additions; null for <see cref="Norm"/>.</param>
    public ResidualAdditions(Rule? rule = null)
    {
        Functions = [new FunctionEntry(Rules.FunctionRules.Functions.Add, rule ?? new Norm())];
    }

    /// <inheritdoc/>
    public IReadOnlyList<FunctionEntry> Functions { get; }

    /// <inheritdoc/>
    public IDisposable Apply(torch.nn.Module model) => new AppliedCanonizers();

    /// <inheritdoc/>
    public override string ToString() => nameof(ResidualAdditions);
}
