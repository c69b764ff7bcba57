using Lrp.Onnx.Graphs;
using static TorchSharp.torch;

namespace Lrp.Onnx.Lowering;

/// <summary>
/// Activations of one node that are a layer of TorchSharp, so that composites match them by its type.
/// </summary>
internal static class SingleActivations
{
    private static readonly Dictionary<string, Func<Node, nn.Module<Tensor, Tensor>?>> Layers = new(
        StringComparer.Ordinal
    )
    {
        ["Relu"] = _ => nn.ReLU(),
        ["LeakyRelu"] = node => nn.LeakyReLU(node.Float("alpha", (float)0.01)),
        ["Elu"] = node => nn.ELU(node.Float("alpha", 1)),
        ["HardSwish"] = _ => nn.Hardswish(),
        ["Gelu"] = node => node.Text("approximate", "none") == "none" ? nn.GELU() : null,
        ["Sigmoid"] = _ => nn.Sigmoid(),
        ["Tanh"] = _ => nn.Tanh(),
        ["Softsign"] = _ => nn.Softsign(),
    };

    public static nn.Module<Tensor, Tensor>? Find(GraphView view, Node node)
    {
        if (node.Domain.Length > 0 || view.Facts.Of(node.Inputs[0]).Type is ScalarType.Float16)
        {
            return null;
        }

        return node.Operator == "Clip" ? Clip(view, node)
            : Layers.TryGetValue(node.Operator, out var make) ? make(node)
            : null;
    }

    private static nn.Module<Tensor, Tensor>? Clip(GraphView view, Node node)
    {
        if (
            node.HasInput(1) && view.Constant(node.Inputs[1]) is null
            || node.HasInput(2) && view.Constant(node.Inputs[2]) is null
        )
        {
            return null;
        }

        var low = Bound(view, node, "min", 1);
        var high = Bound(view, node, "max", 2);
        return (low, high) switch
        {
            (0, 6) => nn.ReLU6(),
            (0, null) => nn.ReLU(),
            ({ } least, { } most) when least < most => nn.Hardtanh(least, most),
            _ => null,
        };
    }

    private static double? Bound(GraphView view, Node node, string attribute, int position) =>
        node.Has(attribute) ? node.Float(attribute, 0)
        : node.HasInput(position) && view.Constant(node.Inputs[position]) is { } given && given.numel() == 1
            ? given.to(ScalarType.Float64).item<double>()
        : null;
}
