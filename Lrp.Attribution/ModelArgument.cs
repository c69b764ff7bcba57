using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>
/// One of several tensors that a model is given. Its first dimension is the samples of the batch.
/// </summary>
/// <remarks>
/// A tensor of a floating point type is explained. Integers are token ids or classes, whose relevance is read at the
/// embeddings that look them up; integers that no embedding looks up, and truth values such as a mask, are passed
/// along.
/// </remarks>
/// <example>
/// <code>
/// attributor.Attribute(model, inputs => model.call(new(inputs[0], inputs[1])).Logits, [ids, mask]);
/// attributor.Attribute(model, inputs => model.call(inputs[0], inputs[1]), [new(pixels, "pixels"), new(ids, "text")]);
/// </code>
/// </example>
public sealed class ModelArgument
{
    /// <summary>An argument that is explained where its type allows it.</summary>
    /// <param name="value">The tensor, of shape (samples, …).</param>
    /// <param name="name">A name by which its relevance is found in the result; by default its position.</param>
    public ModelArgument(Tensor value, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(value);
        (Value, Name) = (value, name);
    }

    /// <summary>The tensor, of shape (samples, …).</summary>
    public Tensor Value { get; }

    /// <summary>The name by which its relevance is found in the result; null for its position.</summary>
    public string? Name { get; }

    /// <summary>Whether the tensor is only passed along, whatever its type.</summary>
    public bool IsConstant { get; private init; }

    /// <summary>An argument that is only passed along: a tensor of numbers that is not to be explained.</summary>
    /// <param name="value">The tensor, of shape (samples, …).</param>
    public static ModelArgument Constant(Tensor value) => new(value) { IsConstant = true };

    /// <summary>An argument that is explained where its type allows it.</summary>
    /// <param name="value">The tensor, of shape (samples, …).</param>
    public static implicit operator ModelArgument(Tensor value) => new(value);

    /// <summary>Whether the tensor itself gets relevance.</summary>
    internal bool IsExplained => !IsConstant && Value.is_floating_point();

    /// <summary>Whether embeddings may look it up.</summary>
    internal bool IsIds =>
        !IsConstant && !Value.is_floating_point() && !Value.is_complex() && Value.dtype != ScalarType.Bool;
}
