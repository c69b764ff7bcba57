using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <content>The steps that rules are written from. On constants they are ordinary arithmetic.</content>
public sealed partial class OperatorContext
{
    /// <summary>Parts that leave everything to the residual.</summary>
    /// <param name="value">The tensor, shape (*).</param>
    public Parts Opaque(Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        long[] shape = [Count, .. value.shape];
        return new Parts(zeros(shape, value.dtype, value.device), IsContextual ? null : value, IsContextual);
    }

    /// <summary>A tensor's parts, or parts that leave all of it to the residual where it is a constant.</summary>
    /// <param name="input">The tensor.</param>
    public Parts SplitOrOpaque(Decomposed input) => input.Parts ?? Opaque(input.Value);

    /// <summary>A linear map without constant term that takes leading dimensions as they come.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="map">Maps shapes (*) and (k, *).</param>
    public Decomposed Map(Decomposed input, Func<Tensor, Tensor> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return new Decomposed(map(input.Value), input.Parts?.Map(map));
    }

    /// <summary>A matrix product with a constant weight, input · weightᵀ.</summary>
    /// <param name="input">Shape (…, in).</param>
    /// <param name="weight">Shape (out, in).</param>
    public Decomposed Linear(Decomposed input, Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        var transposed = weight.t();
        return Map(input, t => t.matmul(transposed));
    }

    /// <summary>Adds two tensors of one shape.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public Decomposed Add(Decomposed left, Decomposed right)
    {
        var value = left.Value + right.Value;
        if (left.Parts is null && right.Parts is null)
        {
            return new Decomposed(value, null);
        }

        if (left.Parts is null || right.Parts is null)
        {
            var (split, constant) = left.Parts is null ? (right.Parts!, left.Value) : (left.Parts, right.Value);
            return new Decomposed(value, Algorithm.Bias.Share(this, split, value, constant));
        }

        var residual = left.Parts.Residual is null || right.Parts.Residual is null ? null : left.Parts.Residual + right.Parts.Residual;
        return new Decomposed(value, new Parts(left.Parts.Components + right.Parts.Components, residual, IsContextual));
    }

    /// <summary>Adds a bias, shared by the algorithm's policy.</summary>
    /// <param name="input">Shape (*).</param>
    /// <param name="bias">Broadcasts to (*); nothing is added when null.</param>
    public Decomposed AddBias(Decomposed input, Tensor? bias) =>
        bias is null ? input : Add(input, new Decomposed(bias, null));

    /// <summary>An element-wise function, split by the algorithm.</summary>
    /// <param name="input">Shape (*).</param>
    /// <param name="function">The function, on any shape.</param>
    /// <param name="name">Its operator name.</param>
    public Decomposed Activate(Decomposed input, Func<Tensor, Tensor> function, string name)
    {
        ArgumentNullException.ThrowIfNull(function);
        var value = function(input.Value);
        return new Decomposed(value, input.IsConstant ? null : Algorithm.Activate(this, input, value, function, name));
    }

    /// <summary>An element-wise product of two tensors of one shape.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public Decomposed Multiply(Decomposed left, Decomposed right)
    {
        var value = left.Value * right.Value;
        return new Decomposed(value, Product(left, right, (a, _, b, _) => a * b));
    }

    /// <summary>A product of two tensors of which either or both carry parts.</summary>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    /// <param name="product">The product, linear in either operand.</param>
    /// <returns>The product's parts; null when both are constants.</returns>
    public Parts? Product(Decomposed left, Decomposed right, Bilinear product)
    {
        ArgumentNullException.ThrowIfNull(product);
        return (left.Parts, right.Parts) switch
        {
            (null, null) => null,
            ({ } parts, null) => parts.Map(c => product(c, true, right.Value, false), r => product(r, false, right.Value, false)),
            (null, { } parts) => parts.Map(c => product(left.Value, false, c, true), r => product(left.Value, false, r, false)),
            _ => Algorithm.Multiply(this, left, right, product),
        };
    }
}
