namespace Lrp.Checkpoints.PyTorch;

/// <summary>A tensor as a pickle describes it: a view of a storage.</summary>
/// <param name="Storage">The memory that it looks into.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Offset">The place of its first element in the storage, in elements.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Strides">How many elements each dimension's neighbours are apart.</param>
internal sealed record TorchTensor(TorchStorage Storage, TorchType Type, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Whether the values are the conjugates of what is stored.</summary>
    public bool Conjugate { get; init; }

    /// <summary>Whether the values are the negatives of what is stored.</summary>
    public bool Negative { get; init; }

    /// <summary>Whether it is trained: a parameter, or a tensor that requires a gradient.</summary>
    public bool RequiresGrad { get; init; }

    /// <summary>Whether it was saved as a parameter.</summary>
    public bool IsParameter { get; init; }

    /// <summary>How many elements of the storage lie between the first and the last of its own, both counted.</summary>
    public long Span { get; private init; }

    /// <summary>The number of its elements.</summary>
    public long Elements { get; private init; }

    /// <summary>The same tensor after its numbers were compared with its storage.</summary>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="InvalidDataException">It reaches outside the storage.</exception>
    public TorchTensor Checked(string name)
    {
        if (Shape.Length != Strides.Length || Shape.Any(size => size < 0) || Strides.Any(stride => stride < 0))
        {
            throw new InvalidDataException(
                $"tensor '{name}' has the shape [{Show(Shape)}] and the strides [{Show(Strides)}], which do not fit."
            );
        }

        if (Offset < 0)
        {
            throw new InvalidDataException($"tensor '{name}' has the storage offset {Offset}; it cannot be negative.");
        }

        try
        {
            var elements = Shape.Aggregate(1L, (product, size) => checked(product * size));
            var span = elements == 0 ? 0 : 1L;
            for (var i = 0; elements > 0 && i < Shape.Length; i++)
            {
                span = checked(span + ((Shape[i] - 1) * Strides[i]));
            }

            var needed = elements == 0 ? 0 : checked((Offset + span) * Type.Size);
            if (needed <= Storage.ByteLength)
            {
                return this with { Span = span, Elements = elements };
            }
        }
        catch (OverflowException)
        {
            // Then it reaches further than any storage.
        }

        throw new InvalidDataException(
            $"tensor '{name}' of shape [{Show(Shape)}], strides [{Show(Strides)}] and offset {Offset} reaches past the "
                + $"storage '{Storage.Key}', which has {Storage.ByteLength / Type.Size} elements."
        );
    }

    private static string Show(long[] numbers) => string.Join(", ", numbers);
}
