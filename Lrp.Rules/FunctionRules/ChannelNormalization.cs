using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// <c>group_norm</c>, <c>instance_norm</c> and <c>batch_norm</c>: y = (x − μ) / σ · w + b for each channel, with σ
/// taken as a constant. With the derivative J of that: R_x = x · Jᵀ (R / y).
/// </summary>
/// <remarks>The identity rule on 1/σ (AttnLRP, proposition 3.4) and the epsilon rule on the affine rest.</remarks>
internal sealed class ChannelNormalization : FunctionPropagation
{
    private readonly OperatorCall _call;
    private readonly Stabilizer _stabilizer;
    private readonly string[] _names;

    private ChannelNormalization(OperatorCall call, Stabilizer stabilizer)
    {
        _call = call;
        _stabilizer = stabilizer;
        _names = [.. call.ArgumentNames.Where(name => call.Argument(name) is Tensor)];
    }

    public override string Name => _call.Operator["aten::".Length..];

    /// <summary>Operands: x, and of weight, bias, running mean and running variance those that there are.</summary>
    public static Tensor Run(OperatorCall call, RuleSite site, Stabilizer stabilizer) =>
        new ChannelNormalization(call, stabilizer).Run(site, [.. call.Arguments.OfType<Tensor>()]);

    public override Tensor Forward(IReadOnlyList<Tensor> operands)
    {
        var next = 0;
        return (Tensor)_call.Invoke([.. _call.Arguments.Select(value => value is Tensor ? operands[next++] : value)])!;
    }

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        var leaf = kept[0].detach().requires_grad_();
        Tensor value;
        using (enable_grad())
        {
            value = Written(leaf, name => Array.IndexOf(_names, name) is >= 0 and var k ? kept[k].detach() : null);
        }

        var quotient = _stabilizer.Divide(relevance, value.detach());
        var share = wanted[0] ? VectorJacobian.Product(value, leaf, quotient)?.mul_(kept[0].detach()) : null;
        return [share, .. kept.Skip(1).Select(_ => (Tensor?)null)];
    }

    private Tensor Written(Tensor x, Func<string, Tensor?> operand)
    {
        long[] ofChannels = [1, x.shape[1], .. Enumerable.Repeat(1L, (int)x.dim() - 2)];
        var usesInput = _call.Argument(Name == "batch_norm" ? "training" : "use_input_stats") is not false;
        var normalized =
            usesInput || operand("running_mean") is not { } mean || operand("running_var") is not { } variance
                ? ByItself(x)
                : (x - mean.reshape(ofChannels)) / (variance.reshape(ofChannels) + _call.GetDouble("eps")).sqrt();
        var scaled = operand("weight") is { } weight ? normalized * weight.reshape(ofChannels) : normalized;
        return operand("bias") is { } bias ? scaled + bias.reshape(ofChannels) : scaled;
    }

    private Tensor ByItself(Tensor x)
    {
        var groups = Name == "group_norm" ? (long)_call.Argument("num_groups")! : x.shape[1];
        var values = x.reshape(x.shape[0], groups, -1);
        long[] over = Name == "batch_norm" ? [0, 2] : [2];
        var centred = values - values.mean(over, true);
        var deviation = (centred.square().mean(over, true) + _call.GetDouble("eps")).sqrt().detach();
        return (centred / deviation).reshape(x.shape);
    }
}
