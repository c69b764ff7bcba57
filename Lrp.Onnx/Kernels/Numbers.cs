using Lrp.Onnx.Format;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>Constants and the arithmetic of shapes, which carry no relevance.</summary>
internal static class Numbers
{
    public static IEnumerable<Operator> Operators { get; } =
    [
        new("Constant", Role.Numbers, c => [Constant(c)], (0, 0)),
        new("Shape", Role.Numbers, c => [Shape(c)], (1, 1), "start:i end:i"),
        new("Size", Role.Numbers, c => [tensor(c[0].numel())], (1, 1)),
        new("ConstantOfShape", Role.Numbers, c => [Filled(c)], (1, 1), "value:t"),
        new("Range", Role.Numbers, c => [Range(c)], (3, 3)),
        new("NonZero", Role.Numbers, c => [c[0].nonzero().transpose(0, 1)], (1, 1)),
        new("OneHot", Role.Numbers, c => [OneHot(c)], (3, 3), "axis:i"),
        new("EyeLike", Role.Numbers, c => [Eye(c)], (1, 1), "dtype:i k:i"),
    ];

    private static Tensor Constant(Call c)
    {
        foreach (var (name, make) in Values)
        {
            if (c.Node.Attribute(name) is { } attribute)
            {
                return make(c, attribute);
            }
        }

        throw new OnnxUnsupportedException($"{c.Node.Title} holds something else than a tensor or numbers.");
    }

    private static readonly (string, Func<Call, AttributeDefinition, Tensor>)[] Values =
    [
        (
            "value",
            (c, a) =>
                c.ReadTensor!(a.Tensor ?? throw c.Node.WrongKind("value", a.Kind, AttributeKind.Tensor), c.Node.Name)
        ),
        ("value_float", (c, a) => tensor(a.Float).to_type(c.TypeOf(1))),
        ("value_floats", (c, a) => tensor(a.Floats.ToArray()).to_type(c.TypeOf(1))),
        ("value_int", (_, a) => tensor(a.Int)),
        ("value_ints", (_, a) => tensor(a.Ints.ToArray())),
    ];

    private static Tensor Shape(Call c)
    {
        var shape = c[0].shape;
        var start = Math.Clamp(At(c.Int("start", 0)), 0, shape.Length);
        var end = Math.Clamp(At(c.Int("end", shape.Length)), start, shape.Length);
        return tensor(shape[(int)start..(int)end]);

        long At(long place) => place < 0 ? place + shape.Length : place;
    }

    private static Tensor Filled(Call c)
    {
        var shape = c.Allow(c.Longs(0));
        if (c.Node.Attribute("value")?.Tensor is not { } given)
        {
            return zeros(shape, c.TypeOf(1));
        }

        var value = c.ReadTensor!(given, c.Node.Name);
        return value.numel() == 1
            ? value
                .to_type(value.is_floating_point() ? c.Floats ?? value.dtype : value.dtype)
                .reshape([])
                .expand(shape)
                .clone()
            : throw c.Unfit("is to be filled with one number");
    }

    private static Tensor Range(Call c)
    {
        var (start, limit, step) = (c.Doubles(0)[0], c.Doubles(1)[0], c.Doubles(2)[0]);
        var count = Math.Max(0, Math.Ceiling((limit - start) / step));
        if (double.IsNaN(count) || count > long.MaxValue / 2)
        {
            throw c.Unfit($"counts from {start} to {limit} by {step}");
        }

        c.Allow([(long)count]);
        return arange((long)count, ScalarType.Float64).mul(step).add(start).to_type(c[0].dtype);
    }

    private static Tensor OneHot(Call c)
    {
        var depth = c.Longs(1)[0];
        var (off, on) = (c[2].reshape(-1)[0], c[2].reshape(-1)[1]);
        c.Allow([.. c[0].shape, depth]);
        var indices = c[0].to_type(ScalarType.Int64);
        indices = indices.add(indices.lt(0).to_type(ScalarType.Int64).mul(depth));
        var axis = c.Axis(c.Int("axis", -1), c[0].dim() + 1);
        var hot = indices.unsqueeze(-1).eq(arange(depth, device: indices.device));
        return where(hot, on, off).movedim([-1], [axis]);
    }

    private static Tensor Eye(Call c)
    {
        var (rows, columns) = c[0].dim() == 2 ? (c[0].shape[0], c[0].shape[1]) : throw c.Unfit("takes a matrix");
        var type = c.Node.Has("dtype") ? c.TypeOf(c.Int("dtype", 1)) : c[0].dtype;
        var diagonal = arange(rows).reshape(-1, 1).add(c.Int("k", 0)).eq(arange(columns));
        return diagonal.to_type(type).to(c[0].device);
    }
}
