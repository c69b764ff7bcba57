using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

public static partial class Relevance
{
    /// <summary>
    /// a·b, of vectors, matrices and batches of them. R_a = a · (R / 2c)·bᵀ, R_b = b · aᵀ·(R / 2c) with c = a·b; a
    /// constant factor takes none and leaves the other all of it. AttnLRP, proposition 3.3.
    /// </summary>
    /// <param name="left">A tensor of one dimension or more.</param>
    /// <param name="right">A tensor of one dimension or more.</param>
    /// <param name="epsilon">Stabilizes the denominator; null for the default of LXT, in the signed form.</param>
    /// <returns>The product.</returns>
    public static Tensor matmul(Tensor left, Tensor right, Stabilizer? epsilon = null) =>
        new MatrixProduct(epsilon ?? FunctionEpsilon.MatMul).Run(null, left, right);

    /// <summary>The product of two matrices; its rule is that of <see cref="matmul"/>.</summary>
    /// <inheritdoc cref="matmul"/>
    public static Tensor mm(Tensor left, Tensor right, Stabilizer? epsilon = null) =>
        matmul(OfRank(2, left), OfRank(2, right), epsilon);

    /// <summary>The products of two batches of matrices; its rule is that of <see cref="matmul"/>.</summary>
    /// <inheritdoc cref="matmul"/>
    public static Tensor bmm(Tensor left, Tensor right, Stabilizer? epsilon = null) =>
        matmul(OfRank(3, left), OfRank(3, right), epsilon);

    /// <summary>
    /// An Einstein sum, usually of two operands; each of N takes x · ∂c/∂x applied to R / (N·c). AttnLRP, proposition
    /// 3.3.
    /// </summary>
    /// <param name="equation">Such as <c>bhid,bhjd-&gt;bhij</c>.</param>
    /// <param name="operands">A tensor for each of its terms.</param>
    /// <returns>The sum.</returns>
    /// <exception cref="NotSupportedException">A term takes a diagonal, such as <c>ii</c>.</exception>
    public static Tensor einsum(string equation, params Tensor[] operands) =>
        einsum(equation, (Stabilizer)FunctionEpsilon.MatMul, operands);

    /// <summary>
    /// An Einstein sum, usually of two operands; each of N takes x · ∂c/∂x applied to R / (N·c). AttnLRP, proposition
    /// 3.3.
    /// </summary>
    /// <param name="equation">Such as <c>bhid,bhjd-&gt;bhij</c>.</param>
    /// <param name="epsilon">Stabilizes the denominator; null for the default of LXT, in the signed form.</param>
    /// <param name="operands">A tensor for each of its terms.</param>
    /// <returns>The sum.</returns>
    /// <exception cref="NotSupportedException">A term takes a diagonal, such as <c>ii</c>.</exception>
    public static Tensor einsum(string equation, Stabilizer epsilon, params Tensor[] operands)
    {
        ArgumentNullException.ThrowIfNull(equation);
        return new EinsteinSum(equation, epsilon).Run(null, operands);
    }

    /// <summary>x·Wᵀ + b. R_x = x · (R / y)·W; the bias's part is absorbed. Bach et al. 2015, equation 16.</summary>
    /// <param name="input">Any shape that ends in the number of input features.</param>
    /// <param name="weights">Output features × input features; takes no relevance.</param>
    /// <param name="bias">Output features, or null; takes no relevance.</param>
    /// <param name="epsilon">Stabilizes the denominator; null for the default of LXT, in the signed form.</param>
    /// <returns>The input's shape with the number of output features at its end.</returns>
    public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null, Stabilizer? epsilon = null) =>
        LinearFunction.Run(null, input, weights, bias, epsilon ?? FunctionEpsilon.Linear);

    /// <summary>
    /// softmax(q·kᵀ·scale + mask)·v. The two products share relevance as <see cref="matmul"/> does, the weights as <see
    /// cref="softmax"/>. AttnLRP, section 3.3.
    /// </summary>
    /// <param name="query">… × L × E.</param>
    /// <param name="key">… × S × E.</param>
    /// <param name="value">… × S × V.</param>
    /// <param name="attn_mask">
    /// Broadcasts to … × L × S: where a truth value is false there is no attention; numbers are added to the scores.
    /// </param>
    /// <param name="p">The probability of dropping a weight.</param>
    /// <param name="is_casual">Whether position i attends to positions up to i only. The name is TorchSharp's.</param>
    /// <param name="scale">The factor of the scores; null for 1/√E.</param>
    /// <param name="epsilon">Stabilizes the denominators.</param>
    /// <returns>… × L × V.</returns>
    public static Tensor scaled_dot_product_attention(
        Tensor query,
        Tensor key,
        Tensor value,
        Tensor? attn_mask = null,
        double p = 0,
        bool is_casual = false,
        double? scale = null,
        Stabilizer? epsilon = null
    )
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        return Attention.Run(
            null,
            query,
            key,
            value,
            attn_mask,
            p,
            is_casual,
            scale,
            epsilon ?? FunctionEpsilon.MatMul
        );
    }

    private static Tensor OfRank(int rank, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.dim() == rank
            ? tensor
            : throw new ArgumentException(
                $"A tensor of {rank} dimensions is needed, this one has shape [{string.Join(", ", tensor.shape)}]."
            );
    }
}
