using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Operators that combine tensors entry by entry.</summary>
internal static class Arithmetic
{
    private static readonly (int, int) Two = (2, 2);
    private static readonly (int, int) Many = (1, int.MaxValue);

    public static IEnumerable<Operator> Operators { get; } =
    [
        Pair("Add", Role.Sum, (a, b) => a.add(b)),
        Pair("Sub", Role.Sum, (a, b) => a.sub(b)),
        Pair("Mul", Role.Product, (a, b) => a.mul(b)),
        Pair("Div", Role.Quotient, Quotient),
        new("Sum", Role.Sum, c => [Folded(c, (a, b) => a.add(b))], Many),
        new("Mean", Role.Sum, c => [Folded(c, (a, b) => a.add(b)).div(c.Count)], Many),
        new("Max", Role.Movement, c => [Folded(c, (a, b) => a.maximum(b))], Many),
        new("Min", Role.Movement, c => [Folded(c, (a, b) => a.minimum(b))], Many),
        new("Where", Role.Movement, Choice, (3, 3)),
        Pair("Equal", Role.Numbers, (a, b) => a.eq(b)),
        Pair("Greater", Role.Numbers, (a, b) => a.gt(b)),
        Pair("GreaterOrEqual", Role.Numbers, (a, b) => a.ge(b)),
        Pair("Less", Role.Numbers, (a, b) => a.lt(b)),
        Pair("LessOrEqual", Role.Numbers, (a, b) => a.le(b)),
        Pair("And", Role.Numbers, (a, b) => a.logical_and(b)),
        Pair("Or", Role.Numbers, (a, b) => a.logical_or(b)),
        Pair("Xor", Role.Numbers, (a, b) => a.logical_xor(b)),
        new(
            "Mod",
            Role.Numbers,
            c => [On(c, c.Int("fmod", 0) == 1 ? (a, b) => a.fmod(b) : (a, b) => a.remainder(b))],
            Two,
            "fmod:i"
        ),
    ];

    /// <summary>Checks that shapes broadcast: libtorch's own exceptions are not safe everywhere.</summary>
    public static void ThrowIfUnfit(Call c, Tensor a, Tensor b)
    {
        var (left, right) = (a.shape, b.shape);
        for (var k = 1; k <= Math.Min(left.Length, right.Length); k++)
        {
            if (left[^k] != right[^k] && left[^k] != 1 && right[^k] != 1)
            {
                throw c.Unfit("takes tensors of one shape, or of shapes that broadcast");
            }
        }
    }

    private static Operator Pair(string name, Role role, Func<Tensor, Tensor, Tensor> run) =>
        new(name, role, c => [On(c, run)], Two);

    private static Tensor On(Call c, Func<Tensor, Tensor, Tensor> run)
    {
        var (a, b) = Together(c[0], c[1]);
        ThrowIfUnfit(c, a, b);
        return run(a, b);
    }

    private static Tensor Folded(Call c, Func<Tensor, Tensor, Tensor> run)
    {
        var result = c[0];
        for (var k = 1; k < c.Count; k++)
        {
            var (a, b) = Together(result, c[k]);
            ThrowIfUnfit(c, a, b);
            result = run(a, b);
        }

        return c.Count == 1 ? result.alias() : result;
    }

    private static Tensor?[] Choice(Call c)
    {
        var (a, b) = Together(c[1], c[2]);
        var condition = Call.Moved(c[0], a).to_type(ScalarType.Bool);
        ThrowIfUnfit(c, a, b);
        ThrowIfUnfit(c, condition, a);
        ThrowIfUnfit(c, condition, b);
        return [where(condition, a, b.dtype == a.dtype ? b : b.to_type(a.dtype))];
    }

    private static (Tensor, Tensor) Together(Tensor a, Tensor b) =>
        a.device_type == DeviceType.CPU && b.device_type != DeviceType.CPU
            ? (a.to(b.device), b)
            : (a, Call.Moved(b, a));

    private static Tensor Quotient(Tensor a, Tensor b) =>
        a.is_floating_point() || b.is_floating_point() ? a.div(b) : Whole(a, b);

    private static Tensor Whole(Tensor a, Tensor b) =>
        b.eq(0).any().ToBoolean()
            ? throw new Errors.OnnxShapeException("A shape is divided by zero.")
            : a.div(b, RoundingMode.trunc);
}
