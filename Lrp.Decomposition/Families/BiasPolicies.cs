using static TorchSharp.torch;

namespace Lrp.Decomposition.Families;

/// <summary>Adds a bias to the residual, so that it belongs to no component. PyDec's policy since 0.2.</summary>
public sealed class BiasToResidual : BiasPolicy
{
    /// <inheritdoc/>
    public override CompositionChunk Distribute(
        OperatorContext context,
        CompositionChunk linear,
        Tensor output,
        Tensor bias
    )
    {
        ArgumentNullException.ThrowIfNull(linear);
        return linear.Residual is null ? linear : linear with { Residual = linear.Residual + bias };
    }

    /// <inheritdoc/>
    public override string ToString() => "bias to the residual";
}

/// <summary>
/// Distributes a bias in proportion to the components' absolute values: component k gets b·|c_k| / Σ|c|.
/// </summary>
/// <remarks>
/// In an additive composition the components share the bias; where all of them are zero, the residual gets it (PyDec
/// 0.1's <c>abs_decomposition</c>). In a contextual composition the region and its rest share the bias (Singh, Murdoch
/// and Yu 2019, equation 4).
/// </remarks>
public sealed class BiasByAbsoluteShare : BiasPolicy
{
    /// <summary>Creates the policy of contextual decomposition.</summary>
    /// <param name="stabilizer">
    /// Added to the absolute values of region and rest in a contextual composition, so that each gets half of the bias
    /// where both are zero. With 0, the rest then gets the whole bias.
    /// </param>
    public BiasByAbsoluteShare(double stabilizer = 1e-20)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stabilizer);
        Stabilizer = stabilizer;
    }

    /// <summary>The number that is added to the absolute values of region and rest.</summary>
    public double Stabilizer { get; }

    /// <inheritdoc/>
    public override CompositionChunk Distribute(
        OperatorContext context,
        CompositionChunk linear,
        Tensor output,
        Tensor bias
    )
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(linear);
        ArgumentNullException.ThrowIfNull(output);
        if (context.IsContextual)
        {
            if (Stabilizer > 0 && !is_grad_enabled())
            {
                return linear with { Components = SharedInPlace(linear.Components, output, bias) };
            }

            var own = linear.Components.abs().add(Stabilizer);
            var whole = (output - bias - linear.Components).abs().add(Stabilizer).add(own);
            var share = own / whole;
            return linear with
            {
                Components = linear.Components + (Stabilizer > 0 ? share : share.nan_to_num(0, 0, 0)) * bias,
            };
        }

        var size = linear.Components.abs();
        var total = context.Total(size);
        var none = total.eq(0);
        var factor = (bias / total).masked_fill(none, 0.0);
        var residual = linear.Residual is null ? null : linear.Residual + bias * none.to_type(output.dtype);
        return linear with { Components = linear.Components + size * factor, Residual = residual };
    }

    /// <summary>Computes the same formula with half the memory traffic, for use without gradients.</summary>
    private Tensor SharedInPlace(Tensor region, Tensor output, Tensor bias)
    {
        var share = region.abs().add_(Stabilizer);
        using var whole = (output - bias).sub(region).abs_().add_(Stabilizer).add_(share);
        return share.div_(whole).mul_(bias).add_(region);
    }

    /// <inheritdoc/>
    public override string ToString() => "bias by absolute share";
}

/// <summary>
/// Distributes a bias in proportion to the signed components, b·c_k / Σc. Where the components nearly cancel, that is
/// where |Σc| / Σ|c| is below a threshold, the residual gets the bias. PyDec 0.1's <c>sign_decomposition</c>.
/// </summary>
public sealed class BiasBySignedShare : BiasPolicy
{
    /// <summary>Creates the policy with its threshold.</summary>
    /// <param name="threshold">The smallest |Σc| / Σ|c| at which the components get the bias, 0 … 1.</param>
    public BiasBySignedShare(double threshold = 0.4)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threshold);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, 1);
        Threshold = threshold;
    }

    /// <summary>The smallest |Σc| / Σ|c| at which the components get the bias.</summary>
    public double Threshold { get; }

    /// <inheritdoc/>
    public override CompositionChunk Distribute(
        OperatorContext context,
        CompositionChunk linear,
        Tensor output,
        Tensor bias
    )
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(linear);
        ArgumentNullException.ThrowIfNull(output);
        var components = linear.Components;
        var (sum, size) = context.IsContextual
            ? (output - bias, components.abs() + (output - bias - components).abs())
            : (context.Total(components), context.Total(components.abs()));
        var shared = sum.abs().ge(size * Threshold).logical_and(sum.ne(0)).to_type(output.dtype);
        var factor = (bias / sum).nan_to_num(0, 0, 0) * shared;
        var residual = linear.Residual is null ? null : linear.Residual + bias * (1 - shared);
        return linear with { Components = components + components * factor, Residual = residual };
    }

    /// <inheritdoc/>
    public override string ToString() => $"bias by signed share (threshold: {Threshold})";
}

/// <summary>
/// Distributes a bias in proportion to the values of all parts, the residual included: each part p becomes p·(1 +
/// b/Σp). Where the parts sum to zero, the residual gets the bias.
/// </summary>
public sealed class BiasByValue : BiasPolicy
{
    /// <inheritdoc/>
    public override CompositionChunk Distribute(
        OperatorContext context,
        CompositionChunk linear,
        Tensor output,
        Tensor bias
    )
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(linear);
        ArgumentNullException.ThrowIfNull(output);

        // Uses the parts' own sum: where the parts cancel, "output - bias" has different rounding errors.
        var sum = linear.Residual is null ? output - bias : context.Total(linear.Components) + linear.Residual;
        var ratio = bias / sum;
        var defined = ratio.isfinite();
        var factor = ratio.masked_fill(defined.logical_not(), 0.0);
        var residual = linear.Residual is null
            ? null
            : linear.Residual * (1 + factor) + bias * defined.logical_not().to_type(output.dtype);
        return linear with { Components = linear.Components * (1 + factor), Residual = residual };
    }

    /// <inheritdoc/>
    public override string ToString() => "bias by value";
}
