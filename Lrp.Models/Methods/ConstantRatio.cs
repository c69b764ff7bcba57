using Lrp.Core;
using Lrp.Rules;
using static TorchSharp.torch;

namespace Lrp.Models.Methods;

/// <summary>
/// An element-wise function f whose ratio f(x) / (x + ε) is a constant: g · f(x) / (x + ε), ε = 1e-10.
/// </summary>
/// <remarks>The identity rule: AttnLRP, equation 9. In the explicit form relevance is passed on as it is.</remarks>
internal sealed class ConstantRatio : GradientChange
{
    /// <summary>Added to x, whatever its sign, as LXT has it.</summary>
    private static readonly Stabilizer Divisor = Stabilizer.Unsigned(1e-10);

    public override RuleNeeds Needs => RuleNeeds.Input | RuleNeeds.Output;

    public override IReadOnlyList<Tensor> Change(RelevanceCall call, Tensor gradient)
    {
        var (input, output) = (Wide.Of(call.Input.detach()), Wide.Of(call.Output.detach()));
        return [Divisor.Apply(input).reciprocal_().mul_(output).to_type(gradient.dtype).mul_(gradient)];
    }

    public override BackwardRule ShortExplicitForm() => new Pass();

    public override string ToString() => "constant ratio";
}
