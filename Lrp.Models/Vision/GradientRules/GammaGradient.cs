using Lrp.Core;
using Lrp.Rules;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.GradientRules;

/// <summary>
/// <see cref="Gamma"/> where a gradient travels: the relevance gradient times output is shared out, and what an input
/// takes is divided by the input.
/// </summary>
internal sealed class GammaGradient(double gamma) : BackwardRule
{
    private static readonly Stabilizer Divisor = 1e-10;
    private readonly Gamma _gamma = new(gamma);

    public override string? Validate(nn.Module module) => _gamma.Validate(module);

    public override RuleNeeds NeedsFor(nn.Module module) =>
        _gamma.NeedsFor(module) | RuleNeeds.Input | RuleNeeds.Output;

    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        using var relevance = call.Relevance.mul(call.Output.detach());
        var shared = _gamma.Propagate(
            new RelevanceCall(call.Site, [relevance], call.InputShapes, call.OutputShapes, call.Inputs, call.Outputs)
        );
        return [shared[0] is { } taken ? Divisor.Divide(taken, call.Input.detach()) : null];
    }

    public override string ToString() => $"{nameof(GammaGradient)}(gamma: {_gamma.GammaFactor})";
}
