using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <summary>
/// Decides what linear algebra does not: how an activation, a product of two split tensors, a softmax and a bias are
/// distributed among the parts. All linear operators are split exactly.
/// </summary>
public abstract class DecompositionAlgorithm : DecompositionRule
{
    private static readonly HashSet<string> Partial =
    [
        "reciprocal",
        "sqrt",
        "rsqrt",
        "log",
        "log2",
        "log10",
        "log1p",
        "pow",
        "float_power",
        "asin",
        "acos",
        "acosh",
        "atanh",
        "logit",
        "erfinv",
        "tan",
    ];

    /// <summary>Decides which parts get biases and added constants.</summary>
    public abstract BiasPolicy Bias { get; }

    /// <summary>Splits the output of an element-wise function.</summary>
    /// <param name="context">The operator that is decomposed.</param>
    /// <param name="input">The input with its parts.</param>
    /// <param name="output">The true output, f(input).</param>
    /// <param name="function">f, on tensors of any shape.</param>
    /// <param name="name">The function's operator name, for example <c>relu</c>.</param>
    public abstract CompositionChunk Activate(
        OperatorContext context,
        Decomposed input,
        Tensor output,
        Func<Tensor, Tensor> function,
        string name
    );

    /// <summary>Splits a product of two tensors that both carry parts.</summary>
    /// <param name="context">The operator that is decomposed.</param>
    /// <param name="left">The left operand with its parts.</param>
    /// <param name="right">The right operand with its parts.</param>
    /// <param name="product">The product, linear in each operand.</param>
    public abstract CompositionChunk Multiply(
        OperatorContext context,
        Decomposed left,
        Decomposed right,
        BilinearMap product
    );

    /// <summary>Splits a softmax.</summary>
    /// <param name="context">The operator that is decomposed.</param>
    /// <param name="input">The scores with their parts.</param>
    /// <param name="output">The true softmax.</param>
    /// <param name="dim">The dimension it runs along, counted from the end (negative).</param>
    /// <returns>
    /// The parts, or null to treat the weights as constants, which linearises an attention at its actual weights.
    /// </returns>
    public abstract CompositionChunk? Softmax(OperatorContext context, Decomposed input, Tensor output, long dim);

    /// <summary>
    /// Whether an element-wise function is undefined or infinite somewhere (a root, a logarithm, a reciprocal), so that
    /// it may not be evaluated at a single part.
    /// </summary>
    /// <param name="name">The function's operator name.</param>
    protected static bool IsPartial(string name) => Partial.Contains(name);

    /// <summary>
    /// The factor f(x)/x that passes each part's share of the value on to the output; 0 where it is not finite.
    /// </summary>
    /// <param name="input">x.</param>
    /// <param name="output">f(x).</param>
    protected static Tensor ValueShare(Tensor input, Tensor output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return (output / input).nan_to_num(0, 0, 0);
    }

    /// <summary>Distributes the constant term of a batch norm; by default like any bias.</summary>
    /// <param name="context">The operator that is decomposed.</param>
    /// <param name="linear">The scaled parts.</param>
    /// <param name="output">The true output.</param>
    /// <param name="shift">The constant term, broadcast to the output.</param>
    public virtual CompositionChunk DistributeNormShift(
        OperatorContext context,
        CompositionChunk linear,
        Tensor output,
        Tensor shift
    )
    {
        ArgumentNullException.ThrowIfNull(context);
        return Bias.Distribute(context, linear, output, shift);
    }

    /// <summary>Splits one step of an LSTM: gates i, f, g, o; c' = f·c + i·g; h' = o·tanh(c').</summary>
    /// <param name="context">The operator that is decomposed.</param>
    /// <param name="step">The gates' linear parts, their biases, and the state before the step.</param>
    /// <returns>The new hidden state and cell.</returns>
    public virtual (Decomposed Hidden, Decomposed Cell) LstmStep(OperatorContext context, LstmStep step)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(step);
        var gates = context.AddBias(step.Gates, step.Bias);
        var size = step.Cell.Value.shape[^1];
        Decomposed Gate(long number) => context.Map(gates, t => t.narrow(-1, number * size, size));
        var input = context.Activate(Gate(0), sigmoid, "sigmoid");
        var forget = context.Activate(Gate(1), sigmoid, "sigmoid");
        var candidate = context.Activate(Gate(2), tanh, "tanh");
        var outward = context.Activate(Gate(3), sigmoid, "sigmoid");
        var cell = context.Add(context.Multiply(forget, step.Cell), context.Multiply(input, candidate));
        return (context.Multiply(outward, context.Activate(cell, tanh, "tanh")), cell);
    }
}

/// <summary>
/// A product, linear in each operand. Each operand may have the components' leading dimension or not.
/// </summary>
/// <param name="left">The left operand, shape (*) or (k, *).</param>
/// <param name="leftHasComponents">Whether the left operand has the leading dimension.</param>
/// <param name="right">The right operand, shape (*) or (k, *).</param>
/// <param name="rightHasComponents">Whether the right operand has the leading dimension.</param>
/// <returns>The product, with the leading dimension if either operand has it.</returns>
public delegate Tensor BilinearMap(Tensor left, bool leftHasComponents, Tensor right, bool rightHasComponents);

/// <summary>The inputs of one step of an LSTM.</summary>
/// <param name="Input">The step's input, shape (batch, features).</param>
/// <param name="Gates">W·x + U·h without bias, shape (batch, 4·hidden), gates in the order i, f, g, o.</param>
/// <param name="Bias">The gates' bias, or null if there is none.</param>
/// <param name="Cell">The cell state before the step, shape (batch, hidden).</param>
public sealed record LstmStep(Decomposed Input, Decomposed Gates, Tensor? Bias, Decomposed Cell);
