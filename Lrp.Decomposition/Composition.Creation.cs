using static TorchSharp.torch;

namespace Lrp.Decomposition;

public sealed partial class Composition
{
    /// <summary>Creates a composition from given parts.</summary>
    /// <param name="components">The components, shape (n, *).</param>
    /// <param name="residual">The part that belongs to no component, shape (*); zero when left out.</param>
    /// <returns>An additive composition of the sum of the parts.</returns>
    /// <exception cref="ArgumentException">The residual and the components differ in shape.</exception>
    public static Composition Of(Tensor components, Tensor? residual = null)
    {
        ArgumentNullException.ThrowIfNull(components);
        if (components.ndim == 0)
        {
            throw new ArgumentException("Components need a leading dimension that counts them.", nameof(components));
        }

        var shape = components.shape[1..];
        if (residual is not null && !residual.shape.SequenceEqual(shape))
        {
            throw new ArgumentException(
                $"The residual has shape {Printing.Shape(residual.shape)} and each component {Printing.Shape(shape)}; "
                    + "both must have the same shape.",
                nameof(residual)
            );
        }

        var rest = residual ?? zeros(shape, components.dtype, components.device);
        return new Composition(components.sum(0L) + rest, new ComponentSource.Given(components), rest, false);
    }

    /// <summary>Creates a composition of a tensor from given parts, which must sum to it.</summary>
    /// <param name="value">The tensor, shape (*).</param>
    /// <param name="components">The components, shape (n, *).</param>
    /// <param name="residual">
    /// The part that belongs to no component; when left out, the tensor minus the sum of the components.
    /// </param>
    /// <param name="tolerance">
    /// The largest difference allowed between the parts' sum and the tensor, relative to the tensor's largest entry.
    /// </param>
    /// <returns>An additive composition of <paramref name="value"/>.</returns>
    /// <exception cref="InvalidOperationException">The parts do not sum to the tensor.</exception>
    public static Composition Of(Tensor value, Tensor components, Tensor? residual, double tolerance = 1e-6)
    {
        CheckLeading(value, components, nameof(components));
        var rest = residual ?? value - components.sum(0L);
        return new Composition(value, new ComponentSource.Given(components), rest, false).Validate(tolerance);
    }

    /// <summary>Creates one component from the entries inside a mask; the entries outside are the residual.</summary>
    /// <param name="value">The tensor, shape (*): floating point numbers or token ids.</param>
    /// <param name="mask">True or 1 for the entries inside, of a shape that broadcasts to (*).</param>
    /// <returns>An additive composition with one component.</returns>
    public static Composition Masked(Tensor value, Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(mask);
        var masks = AsMasks(value, mask.expand(value.shape).unsqueeze(0));
        var rest = value.is_floating_point() ? value - value * masks[0] : null;
        return new Composition(value, new ComponentSource.Masks(value, masks), rest, false);
    }

    /// <summary>
    /// Creates n components from n regions of a tensor, each with everything outside it as its rest, as contextual
    /// decomposition needs them.
    /// </summary>
    /// <param name="value">The tensor, shape (*): floating point numbers or token ids.</param>
    /// <param name="masks">
    /// True or 1 inside the region; shape (n, *), or a shape that broadcasts to it: an image (1, 3, h, w) takes masks
    /// (n, 1, 1, h, w).
    /// </param>
    /// <returns>A contextual composition with n components.</returns>
    /// <exception cref="ArgumentException">The masks do not fit the tensor.</exception>
    public static Composition Regions(Tensor value, Tensor masks)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(masks);
        if (masks.ndim != value.ndim + 1)
        {
            throw new ArgumentException(
                $"Masks of shape {Printing.Shape(masks.shape)} do not fit a tensor of shape "
                    + $"{Printing.Shape(value.shape)}: "
                    + "they need one more leading dimension, which counts the regions.",
                nameof(masks)
            );
        }

        long[] shape = [masks.shape[0], .. value.shape];
        var regions = new ComponentSource.Masks(value, AsMasks(value, masks.expand(shape)));
        return new Composition(value, regions, null, true);
    }

    /// <summary>Creates one component per index along a dimension: a pixel column, a feature or a time step.</summary>
    /// <param name="value">The tensor, shape (*).</param>
    /// <param name="dim">The dimension whose indices become components.</param>
    /// <returns>
    /// An additive composition with as many components as the dimension has indices, and no residual.
    /// </returns>
    public static Composition PerIndex(Tensor value, long dim)
    {
        ArgumentNullException.ThrowIfNull(value);
        var axis = Axis(value, dim);
        if (value.is_floating_point())
        {
            return new Composition(
                value,
                new ComponentSource.Indices(value, axis),
                zeros_like(value).DetachFromDisposeScope(),
                false
            );
        }

        var shape = Enumerable.Repeat(1L, (int)value.ndim).ToArray();
        shape[axis] = value.shape[axis];
        using var scope = NewDisposeScope();
        return Groups(
            value,
            arange(shape[axis], ScalarType.Int64, value.device).reshape(shape).expand(value.shape),
            shape[axis]
        );
    }

    /// <summary>
    /// Creates one component per entry of a sample: every feature of a vector, every pixel and channel of an image.
    /// </summary>
    /// <param name="value">The tensor, shape (batch, *); all samples of the batch have the same components.</param>
    /// <returns>An additive composition with as many components as a sample has entries, and no residual.</returns>
    public static Composition PerFeature(Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.ndim == 0)
        {
            throw new ArgumentException(
                "A single number has no features; its shape needs a batch dimension.",
                nameof(value)
            );
        }

        if (value.ndim == 2)
        {
            return PerIndex(value, 1);
        }

        using var scope = NewDisposeScope();
        var sample = value.shape[1..];
        var count = sample.Aggregate(1L, (a, b) => a * b);
        long[] shape = [1, .. sample];
        var labels = arange(count, ScalarType.Int64, value.device).reshape(shape).expand(value.shape);
        return Groups(value, labels, count);
    }

    /// <summary>
    /// Creates one component per square patch of an image, row by row; patches at the border may be smaller.
    /// </summary>
    /// <param name="image">Shape (…, height, width).</param>
    /// <param name="size">The side length of a patch in pixels.</param>
    /// <returns>An additive composition with ⌈height/size⌉·⌈width/size⌉ components, and no residual.</returns>
    public static Composition Patches(Tensor image, long size)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (image.ndim < 2)
        {
            throw new ArgumentException(
                $"A tensor of shape {Printing.Shape(image.shape)} is not an image; the last two dimensions must be "
                    + "height and width.",
                nameof(image)
            );
        }

        using var scope = NewDisposeScope();
        var (height, width) = (image.shape[^2], image.shape[^1]);
        var across = (width + size - 1) / size;
        var count = across * ((height + size - 1) / size);
        var rows = arange(height, ScalarType.Int64, image.device).div(size, RoundingMode.floor).unsqueeze(1);
        var columns = arange(width, ScalarType.Int64, image.device).div(size, RoundingMode.floor).unsqueeze(0);
        var labels = (rows * across + columns).expand(image.shape);
        return Groups(image, labels, count);
    }

    /// <summary>Creates the patches of an image as masks, for <see cref="Regions"/>.</summary>
    /// <param name="image">Shape (…, height, width).</param>
    /// <param name="size">The side length of a patch in pixels.</param>
    /// <returns>Shape (n, …, height, width), true inside the patch; n = ⌈height/size⌉·⌈width/size⌉.</returns>
    public static Tensor PatchMasks(Tensor image, long size)
    {
        using var scope = NewDisposeScope();
        using var patches = Patches(ones_like(image, ScalarType.Float32), size);
        return patches.Components.gt(0.5).MoveToOuterDisposeScope();
    }

    /// <summary>Creates one component per token of a text.</summary>
    /// <param name="tokens">Token ids: an integer tensor with the tokens along <paramref name="dim"/>.</param>
    /// <param name="dim">The dimension along which the text runs.</param>
    /// <returns>An additive composition of token ids; the model's embedding turns it into one of numbers.</returns>
    public static Composition Tokens(Tensor tokens, long dim)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.is_floating_point())
        {
            throw new ArgumentException(
                "Token ids are integers; for embedded text use PerIndex along its time dimension.",
                nameof(tokens)
            );
        }

        return PerIndex(tokens, dim);
    }

    /// <summary>Creates one component per group of entries.</summary>
    /// <param name="value">The tensor, shape (*): floating point numbers or token ids.</param>
    /// <param name="labels">
    /// The number of each entry's component: integers, of a shape that broadcasts to (*). Entries whose label is
    /// negative, or <paramref name="count"/> or more, go to the residual.
    /// </param>
    /// <param name="count">The number of components; one more than the largest label when left out.</param>
    /// <returns>An additive composition.</returns>
    public static Composition Groups(Tensor value, Tensor labels, long? count = null)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.is_floating_point())
        {
            throw new ArgumentException("Labels must be integers: the numbers of the components.", nameof(labels));
        }

        var n = count ?? labels.max().to_type(ScalarType.Int64).item<long>() + 1;
        if (n < 1)
        {
            throw new ArgumentException(
                "No entry has a label of 0 or more, so there are no components.",
                nameof(labels)
            );
        }

        var kept = labels.to_type(ScalarType.Int64).expand(value.shape).DetachFromDisposeScope();
        Tensor? rest = null;
        if (value.is_floating_point())
        {
            using var scope = NewDisposeScope();
            var outside = kept.lt(0).logical_or(kept.ge(n)).to_type(value.dtype);
            rest = (value * outside).DetachFromDisposeScope();
        }

        return new Composition(value, new ComponentSource.Labels(value, kept, n), rest, false);
    }

    private static Tensor AsMasks(Tensor value, Tensor masks) =>
        value.is_floating_point() ? masks.to_type(value.dtype) : masks.to_type(ScalarType.Bool);

    private static int Axis(Tensor value, long dim)
    {
        var axis = dim < 0 ? dim + value.ndim : dim;
        return axis >= 0 && axis < value.ndim
            ? (int)axis
            : throw new ArgumentOutOfRangeException(
                nameof(dim),
                $"A tensor of shape {Printing.Shape(value.shape)} has no dimension {dim}."
            );
    }

    private static void CheckLeading(Tensor value, Tensor components, string name)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(components);
        if (components.ndim != value.ndim + 1 || !components.shape[1..].SequenceEqual(value.shape))
        {
            throw new ArgumentException(
                $"Components of shape {Printing.Shape(components.shape)} do not fit a tensor of shape "
                    + $"{Printing.Shape(value.shape)}: they need one more leading dimension, which counts them.",
                name
            );
        }
    }
}
