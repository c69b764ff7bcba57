using static TorchSharp.torch;

namespace Lrp.Decomposition.Families;

/// <summary>How contextual decomposition treats the weights of an attention.</summary>
public enum AttentionWeights
{
    /// <summary>
    /// As constants: attention is linearised at its actual weights, and regions contribute only through the values.
    /// </summary>
    Linearised,

    /// <summary>As activations: regions also contribute through the attention weights that they cause.</summary>
    Decomposed,
}

/// <summary>
/// Contextual decomposition: splits every activation into the contribution β of a region and the contribution γ of
/// everything else.
/// </summary>
/// <remarks>
/// <para>
/// Biases are distributed by absolute value. ReLU and its variants: β → f(β), and the rest is f(β + γ) - f(β). Other
/// functions, and products of two split tensors, use the mean over both orders: β → ½·(f(β) - f(0) + f(β + γ) - f(γ)).
/// Max pooling takes the parts of the entries that are largest at the true input. A step of an LSTM follows Murdoch,
/// Liu and Yu 2018, but the output gate is not split; the product of two gates' biases belongs to the region at the
/// time steps that it covers.
/// </para>
/// <para>
/// Only β is sent through the network; γ is the true activation minus β. So n regions cost as much as a batch of n, and
/// the parts sum to the true activation by construction. In an additive composition each component is split against all
/// others, and their joint effects go to the residual.
/// </para>
/// <para>
/// Murdoch, Liu, Yu: Beyond Word Importance, ICLR 2018. Singh, Murdoch, Yu: Hierarchical interpretations for neural
/// network predictions, ICLR 2019. The choices are those of https://github.com/csinva/hierarchical-dnn-interpretations.
/// </para>
/// </remarks>
public sealed class ContextualDecomposition : DecompositionAlgorithm
{
    private static readonly HashSet<string> Rectifiers = ["relu", "relu6", "leaky_relu", "prelu", "rrelu"];
    private readonly BiasByAbsoluteShare _shift = new(0);

    /// <inheritdoc/>
    public override BiasPolicy Bias => BiasPolicy;

    /// <summary>Decides which parts get biases; by default biases are distributed by absolute value.</summary>
    public BiasPolicy BiasPolicy { get; init; } = new BiasByAbsoluteShare();

    /// <summary>How the weights of an attention are treated.</summary>
    public AttentionWeights Attention { get; init; } = AttentionWeights.Linearised;

    /// <inheritdoc/>
    public override CompositionChunk Activate(
        OperatorContext context,
        Decomposed input,
        Tensor output,
        Func<Tensor, Tensor> function,
        string name
    )
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(function);
        var region = input.Split.Components;
        if (Rectifiers.Contains(name))
        {
            return new CompositionChunk(function(region), null, context.IsContextual);
        }

        var share = HalfSum(function, region, input.Value, output);
        if (IsPartial(name))
        {
            // Where the function is undefined at one part, the region keeps its share of the value.
            share = where(share.isfinite(), share, region * ValueShare(input.Value, output));
        }

        return new CompositionChunk(share, null, context.IsContextual);
    }

    /// <inheritdoc/>
    public override CompositionChunk Multiply(
        OperatorContext context,
        Decomposed left,
        Decomposed right,
        BilinearMap product
    )
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(product);
        var fromLeft = product(left.Split.Components, true, right.Value, false);
        var fromRight = product(left.Value, false, right.Split.Components, true);
        return new CompositionChunk((fromLeft + fromRight) * 0.5, null, context.IsContextual);
    }

    /// <inheritdoc/>
    public override CompositionChunk? Softmax(OperatorContext context, Decomposed input, Tensor output, long dim)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (Attention == AttentionWeights.Linearised)
        {
            return null;
        }

        // An entry that is masked (minus infinity) is masked in every term.
        var masked = input.Value.isneginf();
        var value = input.Value.masked_fill(masked, 0.0);
        Tensor Weights(Tensor scores) => scores.masked_fill(masked, double.NegativeInfinity).softmax(dim);
        var region = input.Split.Components.masked_fill(masked, 0.0);
        return new CompositionChunk(HalfSum(Weights, region, value, output), null, context.IsContextual);
    }

    /// <inheritdoc/>
    public override CompositionChunk DistributeNormShift(
        OperatorContext context,
        CompositionChunk linear,
        Tensor output,
        Tensor shift
    ) =>
        BiasPolicy is BiasByAbsoluteShare
            ? _shift.Distribute(context, linear, output, shift)
            : BiasPolicy.Distribute(context, linear, output, shift);

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
        var cell =
            input.Region * (candidate.Region + candidate.Bias)
            + input.Bias * candidate.Region
            + Covered(context, step.Input) * (input.Bias * candidate.Bias)
            + (forget.Region + forget.Bias) * past;
        var value = forget.Value * step.Cell.Value + input.Value * candidate.Value;
        var bent = tanh(value);
        var hidden = outward * HalfSum(tanh, cell, value, bent);
        return (
            new Decomposed(outward * bent, new CompositionChunk(hidden, null, context.IsContextual)),
            new Decomposed(value, new CompositionChunk(cell, null, context.IsContextual))
        );
    }

    /// <inheritdoc/>
    public override string ToString() => $"ContextualDecomposition(attention: {Attention})";

    /// <summary>½·(f(β) - f(0) + f(β + γ) - f(γ)).</summary>
    private static Tensor HalfSum(Func<Tensor, Tensor> function, Tensor region, Tensor value, Tensor output)
    {
        var nothing = function(zeros_like(value));
        return (function(region) - nothing + output - function(value - region)) * 0.5;
    }

    /// <summary>
    /// The fraction of a time step's input that the region covers: 1 inside a span, 0 outside, in between for a step
    /// that is partly covered.
    /// </summary>
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
