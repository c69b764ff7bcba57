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
public sealed class MatMul(Stabilizer? epsilon = null) : nn.Module<Tensor, Tensor, Tensor>(nameof(MatMul))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2) =>
        FunctionModule.HasOwnRule(this) ? Relevance.matmul(input1, input2, epsilon) : input1.matmul(input2);
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
