using Lrp.Core;
using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// Functions of torch with a relevance rule: the same value, and in the backward pass relevance in place of the
/// gradient. Write <c>Relevance.softmax(x, -1)</c> in a forward where it said <c>softmax(x, -1)</c>.
/// </summary>
/// <remarks>
/// <para>
/// Shapes and arguments are those of torch's function of the same name. Where no operand requires a gradient, or
/// gradients are off, the function is torch's own.</para>
/// <para>A <c>Parameter</c> is a constant and takes no relevance. Denominators are stabilized by
/// z + ε·sign(z) unless told otherwise; <see cref="Stabilizer.Unsigned"/> gives the numbers of LXT.</para>
/// <para>
/// A rule that fails in a backward pass makes the relevance below it NaN; <see cref="ThrowIfFaulted"/> throws what went
/// wrong.
/// </para>
/// </remarks>
public static partial class Relevance
{
    /// <summary>
    /// Throws the first exception that the rule of a function here raised in a backward pass since the last call.
    /// </summary>
    /// <exception cref="Core.RelevanceException">A rule failed; the relevance below it is NaN.</exception>
    public static void ThrowIfFaulted() => FunctionNode.Faults.ThrowFirst();

    /// <summary>a + b. R_a = a·R / (a + b), R_b = b·R / (a + b): AttnLRP, equation 8.</summary>
    /// <param name="left">A tensor.</param>
    /// <param name="right">A tensor whose shape broadcasts with it.</param>
    /// <param name="epsilon">Stabilizes the denominator; null for the default of LXT, in the signed form.</param>
    /// <returns>The sum.</returns>
    public static Tensor add(Tensor left, Tensor right, Stabilizer? epsilon = null) =>
        new Addition(1, epsilon ?? FunctionEpsilon.Add, uniform: false).Run(null, left, right);

    /// <summary>a + c with a number c, whose part of the relevance is absorbed: R_a = a·R / (a + c).</summary>
    /// <inheritdoc cref="add(Tensor, Tensor, Stabilizer?)"/>
    public static Tensor add(Tensor left, double right, Stabilizer? epsilon = null)
    {
        using var number = Attention.Number(right, left);
        return add(left, number, epsilon);
    }

    /// <summary>a − b. R_a = a·R / (a − b), R_b = −b·R / (a − b): AttnLRP, equation 8.</summary>
    /// <inheritdoc cref="add(Tensor, Tensor, Stabilizer?)"/>
    public static Tensor sub(Tensor left, Tensor right, Stabilizer? epsilon = null) =>
        new Addition(-1, epsilon ?? FunctionEpsilon.Add, uniform: false).Run(null, left, right);

    /// <summary>a − c with a number c, whose part of the relevance is absorbed: R_a = a·R / (a − c).</summary>
    /// <inheritdoc cref="add(Tensor, Tensor, Stabilizer?)"/>
    public static Tensor sub(Tensor left, double right, Stabilizer? epsilon = null)
    {
        using var number = Attention.Number(right, left);
        return sub(left, number, epsilon);
    }

    /// <summary>
    /// a·b. Equal shares, R_a = R_b = R / 2, or all of it to the one factor that is no constant: AttnLRP, proposition
    /// 3.2.
    /// </summary>
    /// <param name="left">A tensor.</param>
    /// <param name="right">A tensor whose shape broadcasts with it.</param>
    /// <returns>The product.</returns>
    public static Tensor mul(Tensor left, Tensor right) => new Multiplication().Run(null, left, right);

    /// <summary>a·c with a number c. R_a = R: AttnLRP, equation 9.</summary>
    /// <param name="left">A tensor.</param>
    /// <param name="right">A number.</param>
    /// <returns>The product.</returns>
    public static Tensor mul(Tensor left, double right)
    {
        using var number = Attention.Number(right, left);
        return mul(left, number);
    }

    /// <summary>a / c by a constant tensor. R_a = R: AttnLRP, equation 9.</summary>
    /// <param name="left">A tensor.</param>
    /// <param name="right">A tensor that requires no gradient, whose shape broadcasts with it.</param>
    /// <returns>The quotient.</returns>
    /// <exception cref="NotSupportedException">The divisor requires a gradient.</exception>
    public static Tensor div(Tensor left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(right);
        if (is_grad_enabled() && right.requires_grad && right is not TorchSharp.Modules.Parameter)
        {
            throw Division.Undefined("Relevance.div", null, left, right);
        }

        return new Division().Run(null, left, right);
    }

    /// <summary>a / c by a number. R_a = R: AttnLRP, equation 9.</summary>
    /// <param name="left">A tensor.</param>
    /// <param name="right">A number.</param>
    /// <returns>The quotient.</returns>
    public static Tensor div(Tensor left, double right)
    {
        using var number = Attention.Number(right, left);
        return div(left, number);
    }

    /// <summary>The sum over dimensions. R_i = x_i·R / Σx.</summary>
    /// <param name="input">A tensor.</param>
    /// <param name="dimensions">The dimensions to sum over; null for all.</param>
    /// <param name="keepdim">Whether they stay, with size 1.</param>
    /// <param name="type">The element type of the sum; null for the input's.</param>
    /// <param name="epsilon">Stabilizes the denominator; null for the default of LXT, in the signed form.</param>
    /// <returns>The sum.</returns>
    public static Tensor sum(
        Tensor input,
        long[]? dimensions = null,
        bool keepdim = false,
        ScalarType? type = null,
        Stabilizer? epsilon = null
    ) => new Reduction(mean: false, dimensions, keepdim, epsilon ?? FunctionEpsilon.Reduction, type).Run(null, input);

    /// <summary>The mean over dimensions. R_i = x_i·R / Σx.</summary>
    /// <param name="input">A tensor.</param>
    /// <param name="dimensions">The dimensions to average over; null for all.</param>
    /// <param name="keepdim">Whether they stay, with size 1.</param>
    /// <param name="type">The element type of the mean; null for the input's.</param>
    /// <param name="epsilon">Stabilizes the denominator; null for the default of LXT, in the signed form.</param>
    /// <returns>The mean.</returns>
    public static Tensor mean(
        Tensor input,
        long[]? dimensions = null,
        bool keepdim = false,
        ScalarType? type = null,
        Stabilizer? epsilon = null
    ) => new Reduction(mean: true, dimensions, keepdim, epsilon ?? FunctionEpsilon.Reduction, type).Run(null, input);
}
