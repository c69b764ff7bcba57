using static TorchSharp.torch;

namespace Lrp.Decomposition.Families;

/// <summary>
/// PyDec's linear decomposition. For an element-wise f of a value x = Σc + r, each component is multiplied by a factor,
/// and the residual r becomes f(r) or is multiplied by the same factor.
/// </summary>
/// <remarks>
/// <para>
/// Products of two split tensors are distributed by the Shapley values of the two factors, with their residuals as the
/// baseline: component k gets ½·(a_k·(y + r_y) + (x + r_x)·b_k), the residual gets r_x·r_y.
/// </para>
/// <para>
/// A softmax first redistributes its input in proportion to the exponentials of the parts, so that large parts of
/// opposite sign do not give exponentials that nearly cancel. It then applies the family's formula to exp and divides
/// by the true sum.
/// </para>
/// <para>After PyDec 0.3, https://github.com/DoubleVII/pydec.</para>
/// </remarks>
public abstract class LinearDecomposition : DecompositionAlgorithm
{
    /// <inheritdoc/>
    public override BiasPolicy Bias => BiasPolicy;

    /// <summary>Decides which parts get biases; by default the residual gets them.</summary>
    public BiasPolicy BiasPolicy { get; init; } = new BiasToResidual();

    /// <summary>
    /// Whether attention weights are treated as constants, which linearises an attention at its actual weights.
    /// </summary>
    public bool LinearisedAttention { get; init; }

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
        var leads = context.IsContextual;
        var (leftRest, rightRest) = (context.Residual(left), context.Residual(right));
        var fromLeft = product(left.Split.Components, true, right.Value + rightRest, leads);
        var fromRight = product(left.Value + leftRest, leads, right.Split.Components, true);
        var residual = leads ? null : product(leftRest, false, rightRest, false);
        return new CompositionChunk((fromLeft + fromRight) * 0.5, residual, leads);
    }

    /// <inheritdoc/>
    public override CompositionChunk? Softmax(OperatorContext context, Decomposed input, Tensor output, long dim)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(output);
        if (LinearisedAttention)
        {
            return null;
        }

        // Masked entries (minus infinity) get nothing.
        var masked = input.Value.isneginf();
        var kept = masked.logical_not().to_type(output.dtype);
        var value = input.Value.masked_fill(masked, 0.0);
        var components = input.Split.Components.masked_fill(masked, 0.0);
        var rest = context.Residual(input).masked_fill(masked, 0.0);

        var largest = maximum(context.Largest(components), rest);
        var weights = (components - largest).exp();
        var restWeight = (rest - largest).exp();
        var sum = context.Total(weights) + restWeight;
        var scale = value / sum;
        var shared = weights * scale;
        var sharedRest = restWeight * scale;

        var lead = context.IsContextual;
        var shift = -maximum(context.Largest(shared).amax([dim], true), sharedRest.amax([dim], true));
        var shifted = value + shift;
        var exponentials = shifted.exp() * kept;
        var parts = Activate(
            context,
            new Decomposed(shifted, new CompositionChunk(shared, lead ? null : sharedRest + shift, lead)),
            shifted.exp(),
            t => t.exp(),
            "exp"
        );
        var divisor = exponentials.sum([dim], true);
        return parts.Map(t => t * kept / divisor);
    }

    /// <summary>
    /// Creates parts whose residual is f(r). Where f is undefined or infinite at r (a root, a reciprocal), every part
    /// keeps its share of the value instead.
    /// </summary>
    /// <param name="context">The operator that is decomposed.</param>
    /// <param name="input">The input with its parts.</param>
    /// <param name="output">f(x).</param>
    /// <param name="components">The components computed by the family's formula.</param>
    /// <param name="without">f(r).</param>
    /// <param name="name">The function's operator name.</param>
    protected static CompositionChunk WithResidual(
        OperatorContext context,
        Decomposed input,
        Tensor output,
        Tensor components,
        Tensor without,
        string name
    )
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(without);
        if (!IsPartial(name))
        {
            return new CompositionChunk(components, context.IsContextual ? null : without, context.IsContextual);
        }

        var undefined = without.isfinite().logical_not();
        var share = ValueShare(input.Value, output);
        var repaired = where(undefined, input.Split.Components * share, components);
        return context.IsContextual
            ? new CompositionChunk(repaired, null, true)
            : new CompositionChunk(
                repaired,
                where(undefined, output - context.Total(input.Split.Components * share), without),
                false
            );
    }

    /// <summary>The quotient, with 0 for all entries that are not finite.</summary>
    protected static Tensor Finite(Tensor quotient) => quotient.nan_to_num(0, 0, 0);
}

/// <summary>c → c·f(x)/x, r → r·f(x)/x: every part, the residual included, keeps its share of the value.</summary>
/// <remarks>
/// Where x is 0, shares are undefined and the residual gets f(0). A component that is more than 100,000 times as large
/// as x consists mainly of rounding errors; its part goes to the residual. So components stay below 100,000 times the
/// output, even after the many steps of a recurrent layer.
/// </remarks>
public sealed class Scaling : LinearDecomposition
{
    private const double LargestShare = 1e5;

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
        ArgumentNullException.ThrowIfNull(output);
        var components = input.Split.Components;
        var lost = components.abs().gt(input.Value.abs() * LargestShare);
        var scaled = (components * ValueShare(input.Value, output)).masked_fill(lost, 0.0);
        return new CompositionChunk(
            scaled,
            context.IsContextual ? null : output - context.Total(scaled),
            context.IsContextual
        );
    }
}

/// <summary>
/// All of f(x) goes to the residual, so that components do not pass through activations. PyDec's <c>none</c>.
/// </summary>
public sealed class NoDecomposition : LinearDecomposition
{
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
        ArgumentNullException.ThrowIfNull(output);
        return new CompositionChunk(
            zeros_like(input.Split.Components),
            context.IsContextual ? null : output,
            context.IsContextual
        );
    }
}

/// <summary>A family with your own formula.</summary>
public sealed class CustomDecomposition : LinearDecomposition
{
    private readonly Func<OperatorContext, Decomposed, Tensor, Func<Tensor, Tensor>, CompositionChunk> _split;

    /// <summary>Creates a family from a function.</summary>
    /// <param name="split">
    /// Takes the operator, the input with its parts, the true output and the element-wise function; returns parts that
    /// sum to the output.
    /// </param>
    public CustomDecomposition(Func<OperatorContext, Decomposed, Tensor, Func<Tensor, Tensor>, CompositionChunk> split)
    {
        ArgumentNullException.ThrowIfNull(split);
        _split = split;
    }

    /// <inheritdoc/>
    public override CompositionChunk Activate(
        OperatorContext context,
        Decomposed input,
        Tensor output,
        Func<Tensor, Tensor> function,
        string name
    ) => _split(context, input, output, function);
}
