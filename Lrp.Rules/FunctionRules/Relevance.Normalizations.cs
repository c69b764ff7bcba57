using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

public static partial class Relevance
{
    /// <summary>
    /// s = softmax(x / T). With z = x / T: R_i = z_i (R_i − s_i Σ_j R_j), 0 where z_i is −inf. AttnLRP, proposition
    /// 3.1.
    /// </summary>
    /// <param name="input">A tensor, −inf where it is masked.</param>
    /// <param name="dim">The dimension that sums to 1.</param>
    /// <param name="dtype">The element type to compute in; null for the input's.</param>
    /// <param name="temperature">T.</param>
    /// <returns>The input's shape.</returns>
    /// <remarks>With a temperature, R is the relevance of x / T, all of it passed on to x.</remarks>
    public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null, double temperature = 1) =>
        new SoftmaxFunction(dim, temperature, dtype).Run(null, input);

    /// <summary>
    /// y = log softmax(x). With q = R / y: R_i = x_i (q_i − e^(y_i) Σ_j q_j), 0 where x_i is −inf. AttnLRP, equation 5.
    /// </summary>
    /// <param name="input">A tensor, −inf where it is masked.</param>
    /// <param name="dim">The dimension of which the exponentials sum to 1.</param>
    /// <param name="dtype">The element type to compute in; null for the input's.</param>
    /// <param name="epsilon">Stabilizes the denominator.</param>
    /// <returns>The input's shape.</returns>
    public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null, Stabilizer? epsilon = null) =>
        new LogSoftmaxFunction(dim, epsilon ?? FunctionEpsilon.Reduction, dtype).Run(null, input);

    /// <summary>
    /// y = (x − mean x) / σ · w + b, σ a constant. With v = R·w / (y·σ): R_x = x (v − mean v). AttnLRP, propositions
    /// 3.4 and equation 8.
    /// </summary>
    /// <param name="input">A tensor whose shape ends in the normalized one.</param>
    /// <param name="normalized_shape">The sizes of the dimensions to normalize over.</param>
    /// <param name="weight">Of the normalized shape, or null; takes no relevance.</param>
    /// <param name="bias">Of the normalized shape, or null; takes no relevance.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="epsilon">Stabilizes the rule's denominator.</param>
    /// <returns>The input's shape.</returns>
    public static Tensor layer_norm(
        Tensor input,
        long[] normalized_shape,
        Tensor? weight = null,
        Tensor? bias = null,
        double eps = 1e-5,
        Stabilizer? epsilon = null
    ) => LayerNormalization.Run(null, input, normalized_shape, weight, bias, eps, epsilon ?? FunctionEpsilon.LayerNorm);

    /// <summary>x / √(mean x² + eps) · w. R_x = R: AttnLRP, proposition 3.4 and equation 9.</summary>
    /// <param name="input">A tensor whose shape ends in the normalized one.</param>
    /// <param name="normalized_shape">The sizes of the dimensions to normalize over.</param>
    /// <param name="weight">Of the normalized shape, or null; takes no relevance.</param>
    /// <param name="eps">Added to the mean square.</param>
    /// <returns>The input's shape.</returns>
    public static Tensor rms_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, double eps = 1e-6)
    {
        ArgumentNullException.ThrowIfNull(normalized_shape);
        return new IdentityFunction("rms_norm", x => RmsNormalized(x, normalized_shape, weight, eps)).Run(null, input);
    }

    /// <summary>x / max(‖x‖, eps), the norm over one dimension. R_x = R: AttnLRP, proposition 3.4.</summary>
    /// <param name="input">A tensor.</param>
    /// <param name="p">The norm's exponent.</param>
    /// <param name="dim">The dimension.</param>
    /// <param name="eps">The least divisor.</param>
    /// <returns>The input's shape.</returns>
    public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12) =>
        new IdentityFunction("normalize", x => nn.functional.normalize(x, p, dim, eps)).Run(null, input);

    /// <summary>
    /// Any function of one tensor that works entry by entry, such as an activation. R_x = R: AttnLRP, equation 9.
    /// </summary>
    /// <param name="function">Such as <c>nn.functional.gelu</c>; its value has the input's shape.</param>
    /// <param name="input">A tensor.</param>
    /// <returns>The function's value.</returns>
    public static Tensor identity(Func<Tensor, Tensor> function, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new IdentityFunction(function.Method.Name, function).Run(null, input);
    }

    internal static Tensor RmsNormalized(Tensor input, long[] shape, Tensor? weight, double eps)
    {
        var dimensions = Enumerable.Range(1, shape.Length).Select(k => -(long)k).ToArray();
        var normalized = input.mul(input.square().mean(dimensions, keepdim: true).add(eps).rsqrt());
        return weight is null ? normalized : normalized.mul(weight);
    }
}
