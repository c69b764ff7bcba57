using static TorchSharp.torch;

namespace Lrp.Decomposition.Families;

/// <summary>
/// r → f(r), and the components share what they add to it, f(x) - f(r). In a contextual composition the region takes
/// all of that.
/// </summary>
public abstract class ResidualDecomposition : LinearDecomposition
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
        ArgumentNullException.ThrowIfNull(function);
        var rest = context.Residual(input);
        var without = function(rest);
        var added = output - without;
        var components = context.IsContextual ? added : Share(context, input, rest, added);
        return WithResidual(context, input, output, components, without, name);
    }

    /// <summary>Shares among the components of an additive composition what they add to the residual.</summary>
    /// <param name="context">The operator that is decomposed.</param>
    /// <param name="input">The input with its parts.</param>
    /// <param name="rest">The residual r of the input.</param>
    /// <param name="added">f(x) - f(r), in the shape of the output.</param>
    /// <returns>The components of the output.</returns>
    private protected abstract Tensor Share(OperatorContext context, Decomposed input, Tensor rest, Tensor added);
}

/// <summary>
/// c → c·(f(x) - f(r)) / Σc, r → f(r): each component keeps its share of what the components add to the residual.
/// </summary>
public sealed class Affine : ResidualDecomposition
{
    private protected override Tensor Share(OperatorContext context, Decomposed input, Tensor rest, Tensor added) =>
        input.Split.Components * Finite(added / context.ComponentSum(input, rest));
}

/// <summary>
/// c → |c|·(f(x) - f(r)) / Σ|c|, r → f(r): the shares are the absolute values, so that no component is amplified.
/// </summary>
public sealed class AbsAffine : ResidualDecomposition
{
    private protected override Tensor Share(OperatorContext context, Decomposed input, Tensor rest, Tensor added)
    {
        var size = input.Split.Components.abs();
        return size * Finite(added / context.Total(size));
    }
}

/// <summary>
/// Like <see cref="Affine"/>, but with absolute values as in <see cref="AbsAffine"/> where the components nearly
/// cancel, that is where |Σc| / Σ|c| is below a threshold.
/// </summary>
public sealed class HybridAffine : ResidualDecomposition
{
    /// <summary>Creates the family with its threshold.</summary>
    /// <param name="threshold">Below this value of |Σc| / Σ|c|, the shares are the absolute values; 0 … 1.</param>
    public HybridAffine(double threshold = 0.15)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threshold);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, 1);
        Threshold = threshold;
    }

    /// <summary>Below this value of |Σc| / Σ|c|, the shares are the absolute values.</summary>
    public double Threshold { get; }

    private protected override Tensor Share(OperatorContext context, Decomposed input, Tensor rest, Tensor added)
    {
        var components = input.Split.Components;
        var size = components.abs();
        var sum = context.Total(components);
        var sizes = context.Total(size);
        var cancels = (sum.abs() / sizes).lt(Threshold);
        var total = where(cancels, sizes, sum);
        return where(cancels, size, components) * Finite(added / total);
    }

    /// <inheritdoc/>
    public override string ToString() => $"HybridAffine(threshold: {Threshold})";
}
