using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>A part of a linear layer's input, as a term of a <see cref="LinearRule"/> sees it.</summary>
public sealed class InputPart
{
    private InputPart(InputPartKind kind, Tensor? constant)
    {
        Kind = kind;
        Constant = constant;
    }

    /// <summary>The input itself.</summary>
    public static InputPart All { get; } = new(InputPartKind.All, null);

    /// <summary>max(x, 0).</summary>
    public static InputPart Positive { get; } = new(InputPartKind.Positive, null);

    /// <summary>min(x, 0).</summary>
    public static InputPart Negative { get; } = new(InputPartKind.Negative, null);

    /// <summary>One everywhere, whatever the input.</summary>
    public static InputPart Ones { get; } = new(InputPartKind.Ones, null);

    /// <summary>Which part.</summary>
    public InputPartKind Kind { get; }

    /// <summary>The values of a constant part; null for the others.</summary>
    public Tensor? Constant { get; }

    /// <summary>A constant that takes the place of the input, such as its lowest possible value.</summary>
    /// <param name="values">
    /// Values that broadcast to the input's shape: a scalar, one value per channel (<c>[1, C, 1, 1]</c>), a whole
    /// input, or more samples than the batch has, of which the first are used.
    /// </param>
    /// <returns>The part.</returns>
    public static InputPart Of(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new InputPart(InputPartKind.Constant, values.detach().clone().DetachFromDisposeScope());
    }
}

/// <summary>The kinds of <see cref="InputPart"/>.</summary>
public enum InputPartKind
{
    /// <summary>The input itself.</summary>
    All,

    /// <summary>Its positive part.</summary>
    Positive,

    /// <summary>Its negative part.</summary>
    Negative,

    /// <summary>Ones.</summary>
    Ones,

    /// <summary>Values that do not depend on the input.</summary>
    Constant,
}
