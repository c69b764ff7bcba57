using static TorchSharp.torch;

namespace Lrp.Decomposition;

public sealed partial class Composition
{
    /// <summary>Adds two compositions with the same components, component by component.</summary>
    public static Composition operator +(Composition left, Composition right) => Pairwise(left, right, (a, b) => a + b);

    /// <summary>Subtracts two compositions with the same components, component by component.</summary>
    public static Composition operator -(Composition left, Composition right) => Pairwise(left, right, (a, b) => a - b);

    /// <summary>Adds a tensor that belongs to no component: it is added to the residual.</summary>
    public static Composition operator +(Composition left, Tensor right)
    {
        ArgumentNullException.ThrowIfNull(left);
        var value = left.Value + right;
        long[] shape = [left.Count, .. value.shape];
        var moved = ComponentAxis.Align(left.Components, value.ndim).expand(shape);
        return left.IsContextual
            ? Computed(value, moved, null, true)
            : Computed(value, moved, left.Residual + right, false);
    }

    /// <summary>Subtracts a tensor that belongs to no component: it is subtracted from the residual.</summary>
    public static Composition operator -(Composition left, Tensor right) => left + (-right);

    /// <summary>Negates every part.</summary>
    public static Composition operator -(Composition composition) => composition.Map(part => -part);

    /// <summary>Multiplies every part by a number.</summary>
    public static Composition operator *(Composition left, double right) => left.Map(part => part * right);

    /// <summary>Multiplies every part by a number.</summary>
    public static Composition operator *(double left, Composition right) => right.Map(part => part * left);

    /// <summary>Divides every part by a number.</summary>
    public static Composition operator /(Composition left, double right) => left.Map(part => part / right);

    /// <summary>Multiplies every part by a tensor of a shape that broadcasts to (*).</summary>
    public static Composition operator *(Composition left, Tensor right) => left.Map(part => part * right);

    /// <summary>Divides every part by a tensor of a shape that broadcasts to (*).</summary>
    public static Composition operator /(Composition left, Tensor right) => left.Map(part => part / right);

    private Composition Map(Func<Tensor, Tensor> map)
    {
        RequireQuantities(this);
        return Computed(map(Value), map(Components), IsContextual ? null : map(Residual), IsContextual);
    }

    private static Composition Pairwise(Composition left, Composition right, Func<Tensor, Tensor, Tensor> combine)
    {
        RequireQuantities(left);
        RequireQuantities(right);
        if (left.Count != right.Count || left.IsContextual != right.IsContextual)
        {
            throw new ArgumentException(
                $"The compositions have {left.Count} and {right.Count} components; they need the same components.",
                nameof(right)
            );
        }

        var rank = Math.Max(left.Value.ndim, right.Value.ndim);
        var value = combine(left.Value, right.Value);
        var combined = combine(ComponentAxis.Align(left.Components, rank), ComponentAxis.Align(right.Components, rank));
        return Computed(
            value,
            combined,
            left.IsContextual ? null : combine(left.Residual, right.Residual),
            left.IsContextual
        );
    }

    private static void RequireQuantities(Composition composition)
    {
        ArgumentNullException.ThrowIfNull(composition);
        if (composition.IsTokens)
        {
            throw new InvalidOperationException(
                "Compositions of token ids do not support arithmetic, because token ids are not quantities."
            );
        }
    }
}
