using Lrp.Core.Forward;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Rules.Forward;

/// <summary>How contextual decomposition treats the weights of an attention.</summary>
public enum AttentionWeights
{
    /// <summary>As constants: attention is linearised at its actual weights, and regions contribute through the values only.</summary>
    Linearised,

    /// <summary>As activations: regions also contribute by what they make the model attend to.</summary>
    Decomposed,
}

/// <summary>
/// Contextual decomposition: a region's contribution β to every activation, against the rest γ of everything else.
/// </summary>
/// <remarks>
/// <para>
/// Biases are shared by absolute value. ReLU and its kin: β → f(β), the rest is f(β + γ) - f(β). Other functions, and
/// products of two split tensors, by the half sum of both orders: β → ½·(f(β) - f(0) + f(β + γ) - f(γ)). Pooling by the
/// largest follows the entries that are largest at the true input. An LSTM's step as in Murdoch, Liu and Yu 2018, the output
/// gate acting whole; a gate's bias times a gate's bias belongs to the region at the time steps that it covers.
/// </para>
/// <para>
/// Only β is sent through the network; the rest is the true activation minus it. So n regions cost a batch of n, and the
/// parts sum to the true activation by construction. In an additive composition each component is taken against all
/// others, and what they do together is left to the residual.
/// </para>
/// <para>
/// Murdoch, Liu, Yu: Beyond Word Importance, ICLR 2018. Singh, Murdoch, Yu: Hierarchical interpretations for neural network
/// predictions, ICLR 2019. The choices are those of https://github.com/csinva/hierarchical-dnn-interpretations.
/// </para>
/// </remarks>
public sealed class ContextualDecomposition : DecompositionAlgorithm
{
    private static readonly HashSet<string> Rectifiers = ["relu", "relu6", "leaky_relu", "prelu", "rrelu"];
    private readonly BiasByAbsoluteShare shift = new(0);

    /// <inheritdoc/>
    public override BiasPolicy Bias => BiasPolicy;

    /// <summary>Who gets biases; shared by absolute value unless said otherwise.</summary>
    public BiasPolicy BiasPolicy { get; init; } = new BiasByAbsoluteShare();

    /// <summary>How the weights of an attention are treated.</summary>
    public AttentionWeights Attention { get; init; } = AttentionWeights.Linearised;

    /// <inheritdoc/>
    public override Parts Activate(OperatorContext context, Decomposed input, Tensor output, Func<Tensor, Tensor> function, string name)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(function);
        var region = input.Split.Components;
        if (Rectifiers.Contains(name))
        {
            return new Parts(function(region), null, context.IsContextual);
        }

        var share = HalfSum(function, region, input.Value, output);
        if (IsPartial(name))
        {
            // Where the function is undefined at a part alone, the region keeps its share of the value.
            share = where(share.isfinite(), share, region * ValueShare(input.Value, output));
        }

        return new Parts(share, null, context.IsContextual);
    }

    /// <inheritdoc/>
    public override Parts Multiply(OperatorContext context, Decomposed left, Decomposed right, Bilinear product)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(product);
        var fromLeft = product(left.Split.Components, true, right.Value, false);
        var fromRight = product(left.Value, false, right.Split.Components, true);
        return new Parts((fromLeft + fromRight) * 0.5, null, context.IsContextual);
    }

    /// <inheritdoc/>
    public override Parts? Softmax(OperatorContext context, Decomposed input, Tensor output, long dim)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (Attention == AttentionWeights.Linearised)
        {
            return null;
        }

        // A masked entry is masked in every term.
        var masked = input.Value.isneginf();
        var value = input.Value.masked_fill(masked, 0.0);
        Tensor Weights(Tensor scores) => scores.masked_fill(masked, double.NegativeInfinity).softmax(dim);
        var region = input.Split.Components.masked_fill(masked, 0.0);
        return new Parts(HalfSum(Weights, region, value, output), null, context.IsContextual);
    }

    /// <inheritdoc/>
    public override Parts ShareNormShift(OperatorContext context, Parts linear, Tensor output, Tensor shift) =>
        BiasPolicy is BiasByAbsoluteShare
            ? this.shift.Share(context, linear, output, shift)
            : BiasPolicy.Share(context, linear, output, shift);

    /// <inheritdoc/>
    public override (Decomposed Hidden, Decomposed Cell) LstmStep(OperatorContext context, LstmStep step)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(step);
        var size = step.Cell.Value.shape[^1];
        var bias = step.Bias ?? zeros([4 * size], step.Gates.Value.dtype, step.Gates.Value.device);
        var region = context.SplitOrOpaque(step.Gates).Components;
        var rest = step.Gates.Value - region;

        Tensor Pick(Tensor t, long gate) => t.narrow(-1, gate * size, size);
        (Tensor Region, Tensor Bias, Tensor Value) Gate(long gate, Func<Tensor, Tensor> function)
        {
            var (beta, gamma, constant) = (Pick(region, gate), Pick(rest, gate), Pick(bias, gate));
            var gated = function(Pick(step.Gates.Value, gate) + constant);
            var alone = function(constant);
            return ((function(beta + constant) - alone + gated - function(gamma + constant)) * 0.5, alone, gated);
        }

        var input = Gate(0, sigmoid);
        var forget = Gate(1, sigmoid);
        var candidate = Gate(2, tanh);
        var outward = sigmoid(Pick(step.Gates.Value, 3) + Pick(bias, 3));

        var past = context.SplitOrOpaque(step.Cell).Components;
        var cell = input.Region * (candidate.Region + candidate.Bias) + input.Bias * candidate.Region
            + Covered(context, step.Input) * (input.Bias * candidate.Bias)
            + (forget.Region + forget.Bias) * past;
        var value = forget.Value * step.Cell.Value + input.Value * candidate.Value;
        var bent = tanh(value);
        var hidden = outward * HalfSum(tanh, cell, value, bent);
        return (
            new Decomposed(outward * bent, new Parts(hidden, null, context.IsContextual)),
            new Decomposed(value, new Parts(cell, null, context.IsContextual)));
    }

    /// <inheritdoc/>
    public override string ToString() => $"ContextualDecomposition(attention: {Attention})";

    /// <summary>½·(f(β) - f(0) + f(β + γ) - f(γ)).</summary>
    private static Tensor HalfSum(Func<Tensor, Tensor> function, Tensor region, Tensor value, Tensor output)
    {
        var nothing = function(zeros_like(value));
        return (function(region) - nothing + output - function(value - region)) * 0.5;
    }

    /// <summary>How much of a time step's input the region covers: 1 inside a span, 0 outside, between where it shares a step.</summary>
    private static Tensor Covered(OperatorContext context, Decomposed input)
    {
        if (input.IsConstant)
        {
            return zeros([context.Count, 1, 1], input.Value.dtype, input.Value.device);
        }

        var region = input.Split.Components;
        var own = region.abs().sum(-1, true);
        var other = (input.Value - region).abs().sum(-1, true);
        return (own / (own + other)).nan_to_num(0, 0, 0);
    }
}
