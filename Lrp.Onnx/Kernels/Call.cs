using Lrp.Onnx.Format;
using Lrp.Onnx.Graphs;
using static TorchSharp.torch;

namespace Lrp.Onnx.Kernels;

/// <summary>A node with the tensors that it is given.</summary>
internal sealed class Call(Node node, IReadOnlyList<Tensor?> inputs)
{
    private const long MostAtLoading = 1L << 26;
    private const long Most = 1L << 31;

    public Node Node { get; } = node;
    public int Count => inputs.Count;
    public long Opset => Node.Opset;

    /// <summary>The type that stands for FLOAT; null where every type is that of the file.</summary>
    public ScalarType? Floats { get; init; }

    /// <summary>Whether gates and divisors are constants for autograd, as rules need it.</summary>
    public bool HasConstantGates { get; init; }

    /// <summary>Whether constants are computed while the file is loaded.</summary>
    public bool IsLoading { get; init; }

    /// <summary>Reads tensors among the attributes.</summary>
    public Func<TensorDefinition, string, Tensor>? ReadTensor { get; init; }

    public Tensor this[int position] =>
        Optional(position) ?? throw new OnnxGraphException($"{Node.Title} is not given its input {position + 1}.");

    public Tensor? Optional(int position) => position < inputs.Count ? inputs[position] : null;

    /// <summary>An input on the device of another tensor.</summary>
    public Tensor On(int position, Tensor other) => Moved(this[position], other);

    /// <summary>The whole numbers of an input.</summary>
    public long[] Longs(int position) => Numbers(this[position]);

    public long[]? OptionalLongs(int position) => Optional(position) is { } tensor ? Numbers(tensor) : null;

    public double[] Doubles(int position)
    {
        using var scope = NewDisposeScope();
        return this[position].detach().to(ScalarType.Float64).cpu().reshape(-1).data<double>().ToArray();
    }

    /// <summary>The numbers of an attribute that became an input in a later opset.</summary>
    public long[]? LongsOf(string attribute, int position) => Node.Ints(attribute) ?? OptionalLongs(position);

    public long Int(string name, long otherwise) => Node.Int(name, otherwise);

    public double Float(string name, double otherwise) => Node.Float(name, otherwise);

    /// <summary>An axis that may count from the end.</summary>
    public long Axis(long axis, long rank) =>
        axis >= -rank && axis < rank
            ? (axis + rank) % rank
            : throw Unfit($"has no axis {axis}, its input has {rank} dimensions");

    /// <summary>The tensor type of an element type of the file.</summary>
    public ScalarType TypeOf(long number)
    {
        var type = ElementType.Of(number, Node.Title);
        return type.IsFloating && Floats is { } floats ? floats : type.Held!.Value;
    }

    /// <summary>Refuses to make a tensor that no model needs.</summary>
    public long[] Allow(long[] shape)
    {
        var most = IsLoading ? MostAtLoading : Most;
        var count = shape.Aggregate(
            (UInt128)1,
            (all, size) => all > ulong.MaxValue ? all : all * (ulong)Math.Max(size, 0)
        );
        return shape.Any(size => size < 0) ? throw Unfit($"would make a tensor of shape [{string.Join(", ", shape)}]")
            : count > (UInt128)most
                ? throw new OnnxLimitException(
                    $"{Node.Title} would make a tensor of shape [{string.Join(", ", shape)}]; more than {most} "
                        + "elements "
                        + "are refused."
                )
            : shape;
    }

    /// <summary>The node does not fit the tensors that it is given.</summary>
    public OnnxShapeException Unfit(string what)
    {
        var shapes = inputs.Select(input => input is null ? "none" : $"[{string.Join(", ", input.shape)}]");
        return new OnnxShapeException($"{Node.Title} {what}. Its inputs have the shapes {string.Join(", ", shapes)}.");
    }

    /// <summary>A value that autograd takes for a constant where rules need it.</summary>
    public Tensor Constant(Tensor gate) => HasConstantGates ? gate.detach() : gate;

    public static Tensor Moved(Tensor tensor, Tensor to) =>
        tensor.device_type == to.device_type && tensor.device_index == to.device_index ? tensor : tensor.to(to.device);

    private static long[] Numbers(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Int64).cpu().reshape(-1).data<long>().ToArray();
    }
}
