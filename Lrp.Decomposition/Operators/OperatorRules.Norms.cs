using static TorchSharp.torch;

namespace Lrp.Decomposition.Operators;

/// <content>
/// Normalizations, linearised: the mean is a linear map that is applied to every part; the standard deviation is a
/// constant, computed from the true input.
/// </content>
public static partial class OperatorRules
{
    private static void Norms(Dictionary<string, OperatorRule> rules)
    {
        rules.Add(
            OperatorRule.FromMany(context =>
            {
                var shape = context.Operation.GetInt64Array("normalized_shape")!;
                var input = context.Input("input");
                var dims = shape.Select((_, k) => (long)k - shape.Length).ToArray();
                var scale = context.Once(
                    "scale",
                    () => Deviation(input.Value, dims, context.Operation.GetDouble("eps", 1e-5)).reciprocal()
                );
                return Single(
                    context,
                    Affine(
                        context,
                        Centred(input.Split, dims),
                        scale,
                        context.Constant("weight"),
                        context.Constant("bias")
                    )
                );
            }),
            "layer_norm",
            "native_layer_norm"
        );

        rules.Add(
            OperatorRule.FromMany(context =>
            {
                var shape = context.Operation.GetInt64Array("normalized_shape")!;
                var input = context.Input("input");
                var dims = shape.Select((_, k) => (long)k - shape.Length).ToArray();
                var weight = context.Constant("weight");
                var scale = context.Once(
                    "scale",
                    () =>
                    {
                        var eps = context.Operation["eps"] is null
                            ? Epsilon(input.Value.dtype)
                            : context.Operation.GetDouble("eps");
                        return (input.Value * input.Value).mean(dims, true).add(eps).rsqrt();
                    }
                );
                return Single(context, input.Split.Map(t => weight is null ? t * scale : t * scale * weight));
            }),
            "rms_norm",
            "_fused_rms_norm"
        );

        rules.Add(
            OperatorRule.FromMany(context =>
            {
                var operation = context.Operation;
                var input = context.Input("input");
                var groups = operation.Has("num_groups")
                    ? operation.GetInt64("num_groups")
                    : operation.GetInt64("group");
                var shape = input.Value.shape;
                long[] grouped = [shape[0], groups, -1];
                long[] back = [1, shape[1], .. Enumerable.Repeat(1L, shape.Length - 2)];
                var scale = context.Once(
                    "scale",
                    () => Deviation(input.Value.reshape(grouped), [-1], operation.GetDouble("eps", 1e-5)).reciprocal()
                );
                var centred = Centred(
                    input.Split.Map(c => c.reshape([c.shape[0], .. grouped]), r => r.reshape(grouped)),
                    [-1]
                );
                var normal = centred.Map(
                    c => (c * scale).reshape([c.shape[0], .. shape]),
                    r => (r * scale).reshape(shape)
                );
                return Single(
                    context,
                    Weighted(
                        context,
                        normal,
                        context.Constant("weight")?.reshape(back),
                        context.Constant("bias")?.reshape(back)
                    )
                );
            }),
            "group_norm",
            "native_group_norm"
        );

        rules.Add(
            OperatorRule.FromMany(context =>
            {
                var operation = context.Operation;
                var input = context.Input("input");
                var rank = (int)input.Value.ndim;
                long[] shape = [1, input.Value.shape[1], .. Enumerable.Repeat(1L, rank - 2)];
                var dims = Enumerable.Range(0, rank).Where(k => k != 1).Select(k => (long)k).ToArray();
                var training = operation.Has("training") ? operation.GetBool("training") : operation.GetBool("train");
                var batch = training || context.Constant("running_mean") is null;
                var eps = operation.Has("eps")
                    ? operation.GetDouble("eps", 1e-5)
                    : operation.GetDouble("epsilon", 1e-5);
                var mean = context.Once(
                    "mean",
                    () => (batch ? input.Value.mean(dims, true) : context.Constant("running_mean")!).reshape(shape)
                );
                var scale = context.Once(
                    "scale",
                    () =>
                    {
                        var variance = batch
                            ? (input.Value - mean).square().mean(dims, true)
                            : context.Constant("running_var")!;
                        return variance.reshape(shape).add(eps).rsqrt();
                    }
                );
                var factor = context.Constant("weight") is { } weight ? scale * weight.reshape(shape) : scale;
                var shift = -mean * factor;
                if (context.Constant("bias") is { } bias)
                {
                    shift = shift + bias.reshape(shape);
                }

                return Single(
                    context,
                    context.Algorithm.DistributeNormShift(
                        context,
                        input.Split.Map(t => t * factor),
                        context.Output,
                        shift
                    )
                );
            }),
            "batch_norm",
            "native_batch_norm",
            "cudnn_batch_norm",
            "miopen_batch_norm",
            "_native_batch_norm_legit",
            "_batch_norm_impl_index"
        );

        rules.Add(
            OperatorRule.FromMany(context =>
            {
                var operation = context.Operation;
                if (!operation.GetBool("use_input_stats"))
                {
                    throw new NotSupportedException(
                        "an instance norm with running statistics is a batch norm; use a batch norm"
                    );
                }

                var input = context.Input("input");
                var dims = Enumerable
                    .Range(2, (int)input.Value.ndim - 2)
                    .Select(k => (long)k - input.Value.ndim)
                    .ToArray();
                long[] back = [1, input.Value.shape[1], .. Enumerable.Repeat(1L, (int)input.Value.ndim - 2)];
                var scale = context.Once(
                    "scale",
                    () => Deviation(input.Value, dims, operation.GetDouble("eps", 1e-5)).reciprocal()
                );
                return Single(
                    context,
                    Affine(
                        context,
                        Centred(input.Split, dims),
                        scale,
                        context.Constant("weight")?.reshape(back),
                        context.Constant("bias")?.reshape(back)
                    )
                );
            }),
            "instance_norm"
        );
    }

    private static double Epsilon(ScalarType dtype) =>
        dtype switch
        {
            ScalarType.Float64 => Math.Pow(2, -52),
            ScalarType.Float16 => Math.Pow(2, -10),
            ScalarType.BFloat16 => Math.Pow(2, -7),
            _ => Math.Pow(2, -23),
        };

    private static Tensor Deviation(Tensor input, long[] dims, double eps)
    {
        var centred = input - input.mean(dims, true);
        return (centred * centred).mean(dims, true).add(eps).sqrt();
    }

    private static CompositionChunk Centred(CompositionChunk parts, long[] dims) =>
        parts.Map(t => t - t.mean(dims, true));

    private static CompositionChunk Affine(
        OperatorContext context,
        CompositionChunk centred,
        Tensor scale,
        Tensor? weight,
        Tensor? bias
    )
    {
        var factor = weight is null ? scale : scale * weight;
        return Weighted(context, centred.Map(t => t * factor), null, bias);
    }

    private static CompositionChunk Weighted(
        OperatorContext context,
        CompositionChunk normal,
        Tensor? weight,
        Tensor? bias
    )
    {
        var linear = weight is null ? normal : normal.Map(t => t * weight);
        return bias is null ? linear : context.Algorithm.Bias.Distribute(context, linear, context.Output, bias);
    }

    /// <summary>The first output's parts; the statistics that are returned with it are constants.</summary>
    private static IReadOnlyList<CompositionChunk?> Single(OperatorContext context, CompositionChunk parts) =>
        [parts, .. context.Outputs.Skip(1).Select(_ => (CompositionChunk?)null)];
}
