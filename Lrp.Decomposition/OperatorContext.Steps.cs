using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <content>The steps that rules are built from. For constants they are ordinary arithmetic.</content>
public abstract partial class OperatorContext
{
    /// <summary>Creates parts with zero components, so that the whole tensor is in the residual.</summary>
    /// <param name="value">The tensor, shape (*).</param>
    public CompositionChunk Opaque(Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        long[] shape = [Count, .. value.shape];
        return new CompositionChunk(zeros(shape, value.dtype, value.device), IsContextual ? null : value, IsContextual);
    }

    /// <summary>Gets a tensor's parts; for a constant, parts whose residual is the whole tensor.</summary>
    /// <param name="input">The tensor.</param>
    public CompositionChunk SplitOrOpaque(Decomposed input) => input.Chunk ?? Opaque(input.Value);

    /// <summary>Applies a linear map without constant term that accepts any number of leading dimensions.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="map">The map for shapes (*) and (k, *).</param>
    public Decomposed Map(Decomposed input, Func<Tensor, Tensor> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return new Decomposed(map(input.Value), input.Chunk?.Map(map));
    }

    /// <summary>Multiplies by a constant weight matrix, input · weightᵀ.</summary>
    /// <param name="input">Shape (…, in).</param>
    /// <param name="weight">Shape (out, in).</param>
    public Decomposed Linear(Decomposed input, Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        var transposed = weight.t();
        return Map(input, t => t.matmul(transposed));
    }

    /// <summary>Adds two tensors of the same shape.</summary>
    /// <param name="left">The first summand.</param>
    /// <param name="right">The second summand.</param>
    public Decomposed Add(Decomposed left, Decomposed right)
    {
        var value = left.Value + right.Value;
        if (left.Chunk is null && right.Chunk is null)
        {
            return new Decomposed(value, null);
        }

        if (left.Chunk is null || right.Chunk is null)
        {
            var (split, constant) = left.Chunk is null ? (right.Chunk!, left.Value) : (left.Chunk, right.Value);
            return new Decomposed(value, Algorithm.Bias.Distribute(this, split, value, constant));
        }

        var residual =
            left.Chunk.Residual is null || right.Chunk.Residual is null
                ? null
                : left.Chunk.Residual + right.Chunk.Residual;
        return new Decomposed(
            value,
            new CompositionChunk(left.Chunk.Components + right.Chunk.Components, residual, IsContextual)
        );
    }

    /// <summary>Adds a bias, distributed by the algorithm's bias policy.</summary>
    /// <param name="input">Shape (*).</param>
    /// <param name="bias">The bias, of a shape that broadcasts to (*); null to add nothing.</param>
    public Decomposed AddBias(Decomposed input, Tensor? bias) =>
        bias is null ? input : Add(input, new Decomposed(bias, null));

    /// <summary>Applies an element-wise function, which the algorithm splits.</summary>
    /// <param name="input">Shape (*).</param>
    /// <param name="function">The function, for tensors of any shape.</param>
    /// <param name="name">The function's operator name.</param>
    public Decomposed Activate(Decomposed input, Func<Tensor, Tensor> function, string name)
    {
        ArgumentNullException.ThrowIfNull(function);
        var value = function(input.Value);
        return new Decomposed(value, input.IsConstant ? null : Algorithm.Activate(this, input, value, function, name));
    }

    /// <summary>Multiplies two tensors of the same shape element by element.</summary>
    /// <param name="left">The first factor.</param>
    /// <param name="right">The second factor.</param>
    public Decomposed Multiply(Decomposed left, Decomposed right)
    {
        var value = left.Value * right.Value;
        return new Decomposed(value, Product(left, right, (a, _, b, _) => a * b));
    }

    /// <summary>Multiplies two tensors, of which one or both may have parts.</summary>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    /// <param name="product">The product, linear in each operand.</param>
    /// <returns>The product's parts; null when both are constants.</returns>
    public CompositionChunk? Product(Decomposed left, Decomposed right, BilinearMap product)
    {
        ArgumentNullException.ThrowIfNull(product);
        return (left.Chunk, right.Chunk) switch
        {
            (null, null) => null,
            ({ } parts, null) => parts.Map(
                c => product(c, true, right.Value, false),
                r => product(r, false, right.Value, false)
            ),
            (null, { } parts) => parts.Map(
                c => product(left.Value, false, c, true),
                r => product(left.Value, false, r, false)
            ),
            _ => Algorithm.Multiply(this, left, right, product),
        };
    }
}
