using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <content>Affine layers and other operators that fold the components into the batch.</content>
public static partial class OperatorRules
{
    private static void Convolutions(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(
            OperatorRule.From(context =>
            {
                var weight = context.Constant("weight")!.t();
                var linear = LinearLayer(context.Input("input"), weight);
                return context.Constant("bias") is { } bias
                    ? context.Algorithm.Bias.Distribute(context, linear, context.Output, bias)
                    : linear;
            }),
            "linear"
        );

        rules.Add(OperatorRule.From(context => Convolution(context, 1)), "conv1d", "conv_transpose1d");
        rules.Add(
            OperatorRule.From(context => Convolution(context, 2)),
            "conv2d",
            "conv_transpose2d",
            "_conv_depthwise2d"
        );
        rules.Add(OperatorRule.From(context => Convolution(context, 3)), "conv3d", "conv_transpose3d");
        rules.Add(
            OperatorRule.From(context => Convolution(context, (int)context.Constant("weight")!.ndim - 2)),
            "convolution",
            "_convolution",
            "mkldnn_convolution",
            "cudnn_convolution"
        );
    }

    /// <summary>
    /// input · weight. A component with a single non-zero entry takes one row of the weight, which needs no matrix
    /// product.
    /// </summary>
    private static CompositionChunk LinearLayer(Decomposed input, Tensor weight)
    {
        var parts = input.Split;
        if (parts.FirstIndex is not { } first)
        {
            return parts.Map(t => t.matmul(weight));
        }

        long[] shape = [parts.Count, .. Enumerable.Repeat(1L, (int)input.Value.ndim - 1), -1];
        var entries = input.Value.narrow(-1, first, parts.Count).movedim([-1L], [0L]).unsqueeze(-1);
        return parts.Map(_ => entries * weight.narrow(0, first, parts.Count).reshape(shape), r => r.matmul(weight)) with
        {
            FirstIndex = null,
        };
    }

    private static CompositionChunk Convolution(OperatorContext context, int spatial)
    {
        _ = context.Constant("weight");
        var operation = context.Operation;
        var name = operation.Has("input") ? "input" : "self";
        var bias = operation.Has("bias") ? context.Constant("bias") : null;
        Tensor Plain(Tensor t) =>
            operation.Has("bias") ? Operation.Single(operation.Invoke((name, t), ("bias", null))) : operation.On(t);
        var linear = context.Input(name).Split.Map(c => ComponentAxis.Folded(c, spatial, Plain), Plain);
        if (bias is null)
        {
            return linear;
        }

        long[] shape = [-1, .. Enumerable.Repeat(1L, spatial)];
        return context.Algorithm.Bias.Distribute(context, linear, context.Output, bias.reshape(shape));
    }

    private static void Resizes(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(
            Folding(1),
            "avg_pool1d",
            "adaptive_avg_pool1d",
            "upsample_nearest1d",
            "_upsample_nearest_exact1d",
            "upsample_linear1d",
            "reflection_pad1d",
            "replication_pad1d"
        );
        rules.Add(
            Folding(2),
            "avg_pool2d",
            "adaptive_avg_pool2d",
            "_adaptive_avg_pool2d",
            "upsample_nearest2d",
            "_upsample_nearest_exact2d",
            "upsample_bilinear2d",
            "_upsample_bilinear2d_aa",
            "upsample_bicubic2d",
            "reflection_pad2d",
            "replication_pad2d",
            "im2col"
        );
        rules.Add(
            Folding(3),
            "avg_pool3d",
            "adaptive_avg_pool3d",
            "_adaptive_avg_pool3d",
            "upsample_nearest3d",
            "_upsample_nearest_exact3d",
            "upsample_trilinear3d",
            "reflection_pad3d",
            "replication_pad3d"
        );
        rules.Add(
            OperatorRule.From(context =>
                context
                    .Input("input")
                    .Split.Map(c => ComponentAxis.Folded(c, 2, t => Sampled(context, t)), r => Sampled(context, r))
            ),
            "grid_sampler",
            "grid_sampler_2d"
        );
    }

    /// <summary>An operator that is linear in a tensor of shape (batch, channels, …) or (channels, …).</summary>
    private static OperatorRule Folding(int spatial) =>
        LinearMap((operation, t, leads) => leads ? ComponentAxis.Folded(t, spatial, operation.On) : operation.On(t));

    private static Tensor Sampled(OperatorContext context, Tensor input)
    {
        var grid = context.Constant("grid")!;
        var times = input.shape[0] / grid.shape[0];
        long[] repeats = [times, .. Enumerable.Repeat(1L, (int)grid.ndim - 1)];
        return Operation.Single(
            context.Operation.Invoke(("input", input), ("grid", times == 1 ? grid : grid.repeat(repeats)))
        );
    }

    /// <summary>Max pooling passes on the parts of the entries that are largest at the true input.</summary>
    private static void MaxPools(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(OperatorRule.From(context => MaxPool(context, 1, null)), "max_pool1d");
        rules.Add(OperatorRule.From(context => MaxPool(context, 2, null)), "max_pool2d");
        rules.Add(OperatorRule.From(context => MaxPool(context, 3, null)), "max_pool3d");
        rules.Add(
            OperatorRule.FromMany(context => [MaxPool(context, 1, context.Outputs[1]), null]),
            "max_pool1d_with_indices",
            "adaptive_max_pool1d"
        );
        rules.Add(
            OperatorRule.FromMany(context => [MaxPool(context, 2, context.Outputs[1]), null]),
            "max_pool2d_with_indices",
            "adaptive_max_pool2d"
        );
        rules.Add(
            OperatorRule.FromMany(context => [MaxPool(context, 3, context.Outputs[1]), null]),
            "max_pool3d_with_indices",
            "adaptive_max_pool3d"
        );
    }

    private static CompositionChunk MaxPool(OperatorContext context, int spatial, Tensor? known)
    {
        var input = context.First;
        var index = (known ?? context.Once("indices", () => Indices(context, input.Value, spatial))).flatten(-spatial);
        var shape = context.Output.shape;
        Tensor Pooled(Tensor t, bool leads)
        {
            var flat = t.flatten(-spatial);
            var wide = leads ? [t.shape[0], .. index.shape] : index.shape;
            var pooled = leads ? [t.shape[0], .. shape] : shape;
            return flat.gather(-1, leads ? index.unsqueeze(0).expand(wide) : index).reshape(pooled);
        }

        return input.Split.Map(c => Pooled(c, true), r => Pooled(r, false));
    }

    private static Tensor Indices(OperatorContext context, Tensor input, int spatial)
    {
        object?[] arguments = [.. context.Operation.Arguments];
        arguments[0] = input;
        return (
                (object?[])OperatorCall.InvokeByName($"aten::max_pool{spatial}d_with_indices", string.Empty, arguments)!
            )[1] as Tensor
            ?? throw new NotSupportedException("max pooling returned no indices");
    }
}
