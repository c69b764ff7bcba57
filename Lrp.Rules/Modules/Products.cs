using Lrp.Core;
using Lrp.Rules.FunctionRules;
using static TorchSharp.torch;

namespace Lrp.Rules.Modules;

/// <summary>
/// a·b, entry by entry, as a module; by itself with the rule of <see cref="Relevance.mul(Tensor, Tensor)"/>.
/// </summary>
public sealed class Mul() : nn.Module<Tensor, Tensor, Tensor>(nameof(Mul))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2) =>
        FunctionModule.HasOwnRule(this) ? Relevance.mul(input1, input2) : input1.mul(input2);
}

/// <summary>
/// a / c by a constant as a module; by itself with the rule of <see cref="Relevance.div(Tensor, Tensor)"/>.
/// </summary>
public sealed class Div() : nn.Module<Tensor, Tensor, Tensor>(nameof(Div))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2) =>
        FunctionModule.HasOwnRule(this) ? Relevance.div(input1, input2) : input1.div(input2);
}

/// <summary>A matrix product as a module; by itself with the rule of <see cref="Relevance.matmul"/>.</summary>
public sealed class MatMul(Stabilizer? epsilon = null)
    : nn.Module<Tensor, Tensor, Tensor>(nameof(MatMul)),
        INeedsNoInterception
{
    /// <summary>
    /// Whether it has its own rule only while a composite is registered, and the plain gradient otherwise.
    /// </summary>
    public bool OnlyWhileRegistered { get; init; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2) =>
        FunctionModule.HasOwnRule(this, OnlyWhileRegistered)
            ? Relevance.matmul(input1, input2, epsilon)
            : input1.matmul(input2);
}

/// <summary>
/// An Einstein sum of two operands as a module; by itself with the rule of <see cref="Relevance.einsum(string,
/// Tensor[])"/>.
/// </summary>
public sealed class Einsum(string equation, Stabilizer? epsilon = null)
    : nn.Module<Tensor, Tensor, Tensor>(nameof(Einsum))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2) =>
        FunctionModule.HasOwnRule(this)
            ? Relevance.einsum(equation, epsilon ?? FunctionEpsilon.MatMul, input1, input2)
            : einsum(equation, input1, input2);
}

/// <summary>
/// softmax(q·kᵀ/√E)·v of query, key and value as a module; by itself with the rule of <see
/// cref="Relevance.scaled_dot_product_attention"/>.
/// </summary>
public sealed class ScaledDotProductAttention(bool causal = false, Stabilizer? epsilon = null)
    : nn.Module<Tensor, Tensor, Tensor, Tensor>(nameof(ScaledDotProductAttention))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2, Tensor input3) =>
        FunctionModule.HasOwnRule(this)
            ? Relevance.scaled_dot_product_attention(input1, input2, input3, is_casual: causal, epsilon: epsilon)
            : nn.functional.scaled_dot_product_attention(input1, input2, input3, is_casual: causal);
}

/// <summary>
/// Features times a factor that was computed from them, as in squeeze and excitation, or times a constant: by itself,
/// while a composite is registered, the features take all relevance and the factor none; otherwise the plain product.
/// </summary>
/// <remarks>The rule of <see cref="Functions.FeatureGate"/>.</remarks>
public sealed class FeatureGate() : nn.Module<Tensor, Tensor, Tensor>(nameof(FeatureGate)), INeedsNoInterception
{
    /// <summary>input1 · input2.</summary>
    /// <param name="input1">The features.</param>
    /// <param name="input2">The factor, of a shape that broadcasts to that of the features.</param>
    /// <returns>The product.</returns>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        if (!FunctionModule.HasOwnRule(this, onlyWhileRegistered: true))
        {
            return input1.mul(input2);
        }

        using var gate = input2.detach();
        return Relevance.identity(features => features.mul(gate), input1);
    }
}

/// <summary>
/// x times a number, such as the 1/√d of attention: by itself, while a composite is registered, x keeps its relevance;
/// otherwise the plain product.
/// </summary>
/// <param name="factor">The number.</param>
public sealed class Scale(double factor) : nn.Module<Tensor, Tensor>(nameof(Scale)), INeedsNoInterception
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) =>
        FunctionModule.HasOwnRule(this, onlyWhileRegistered: true)
            ? Relevance.identity(x => x.mul(factor), input)
            : input.mul(factor);
}
