using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;

namespace Lrp.Rules.FunctionRules;

// What the forward of a convolutional network calls beside its modules.
public static partial class Functions
{
    /// <summary>
    /// <c>avg_pool1d</c>, <c>avg_pool2d</c>, <c>avg_pool3d</c>, <c>adaptive_avg_pool1d</c>, <c>adaptive_avg_pool2d</c>
    /// and <c>adaptive_avg_pool3d</c>; takes Epsilon or Norm (in proportion to the values in a window).
    /// </summary>
    public static FunctionKey AvgPool { get; } =
        Weighted(
            "avg_pool",
            "aten::avg_pool1d",
            "aten::avg_pool2d",
            "aten::avg_pool3d",
            "aten::adaptive_avg_pool1d",
            "aten::adaptive_avg_pool2d",
            "aten::adaptive_avg_pool3d"
        );

    /// <summary>
    /// <c>interpolate</c>, which is an operator for each of its modes (<c>upsample_nearest2d</c>,
    /// <c>upsample_bilinear2d</c> and others); takes Epsilon or Norm (in proportion to the interpolated parts).
    /// </summary>
    public static FunctionKey Interpolate { get; } =
        Weighted(
            "interpolate",
            "aten::upsample_nearest1d",
            "aten::upsample_nearest2d",
            "aten::upsample_nearest3d",
            "aten::_upsample_nearest_exact1d",
            "aten::_upsample_nearest_exact2d",
            "aten::_upsample_nearest_exact3d",
            "aten::upsample_linear1d",
            "aten::upsample_bilinear2d",
            "aten::upsample_bicubic2d",
            "aten::upsample_trilinear3d",
            "aten::_upsample_bilinear2d_aa",
            "aten::_upsample_bicubic2d_aa"
        );

    /// <summary>
    /// Max pooling: <c>max_pool1d</c>, <c>max_pool2d</c>, <c>max_pool3d</c>, <c>adaptive_max_pool1d</c>,
    /// <c>adaptive_max_pool2d</c>, <c>adaptive_max_pool3d</c>, with indices or without. The largest entry of a window
    /// takes all of its relevance, which is the gradient; takes Identity or Pass.
    /// </summary>
    public static FunctionKey MaxPool { get; } =
        Passing(
            "max_pool",
            "aten::max_pool1d",
            "aten::max_pool2d",
            "aten::max_pool3d",
            "aten::max_pool1d_with_indices",
            "aten::max_pool2d_with_indices",
            "aten::max_pool3d_with_indices",
            "aten::adaptive_max_pool1d",
            "aten::adaptive_max_pool2d",
            "aten::adaptive_max_pool3d"
        );

    /// <summary>
    /// Activations: <c>relu</c>, <c>relu6</c>, <c>leaky_relu</c>, <c>prelu</c>, <c>rrelu</c>, <c>elu</c>, <c>selu</c>,
    /// <c>celu</c>, <c>gelu</c>, <c>silu</c>, <c>sigmoid</c>, <c>tanh</c>, <c>hardswish</c>, <c>hardsigmoid</c>,
    /// <c>hardtanh</c>, <c>hardshrink</c>, <c>softshrink</c>, <c>softplus</c>, <c>log_sigmoid</c>, <c>threshold</c>,
    /// and their in-place forms; takes Identity or Pass.
    /// </summary>
    /// <remarks>
    /// The functions of zennit's list of activations that libtorch has as operators. <see cref="Elementwise"/> has
    /// <c>mish</c> and mathematical functions too.
    /// </remarks>
    public static FunctionKey Activation { get; } =
        new FunctionOf(
            "activation",
            [.. Elementwises.Activations.Select(name => $"aten::{name}")],
            "Identity or Pass",
            rule => rule is Pass,
            (_, call, site) => ActivationCalls.Apply(call, site)
        );

    /// <summary>
    /// <c>relu</c>, and what computes the same: <c>clamp(0)</c>, <c>clamp_min(0)</c>, <c>maximum(x, 0)</c>,
    /// <c>threshold(0, 0)</c>, <c>leaky_relu(0)</c>, and <c>where</c>, <c>masked_fill</c> or a product with a mask of
    /// the positive entries; takes GuidedBackprop, DeconvNet or BetaSmooth, which change its gradient, and Identity or
    /// Pass.
    /// </summary>
    public static FunctionKey Relu { get; } =
        new FunctionOf(
            "relu",
            RectifierCalls.Operators,
            "GuidedBackprop, DeconvNet, BetaSmooth, Identity or Pass",
            rule => rule is GuidedBackprop or DeconvNet or BetaSmooth or Pass,
            RectifierCalls.Apply,
            RectifierCalls.Include
        );

    /// <summary><c>batch_norm</c> as a function; takes Identity or Pass, or Epsilon (1/σ a constant).</summary>
    public static FunctionKey BatchNorm { get; } = ChannelNorm("batch_norm", "aten::batch_norm");

    /// <summary>
    /// <c>dropout</c>; takes Identity or Pass. Where nothing is dropped, as in <c>eval()</c>, that is the gradient too.
    /// </summary>
    public static FunctionKey Dropout { get; } =
        new FunctionOf(
            "dropout",
            ["aten::dropout", "aten::dropout_", "aten::feature_dropout", "aten::feature_dropout_"],
            "Identity or Pass",
            rule => rule is Pass,
            (_, call, site) =>
                call.Argument("train") is false ? OperatorCall.LetThrough : call.Identity("dropout", site)
        );

    /// <summary>
    /// What a composite for a convolutional network starts from: sums, differences, means, average pools and
    /// interpolations share relevance in proportion (Norm); activations and batch norm pass it on (Pass); of a product
    /// with a gate, as in squeeze and excitation, the features take all, and of a transformed input the input does. The
    /// presets contain these entries.
    /// </summary>
    /// <param name="stabilizer">Stabilizes the denominators; the default is 1e-6.</param>
    /// <returns>The entries.</returns>
    /// <remarks>
    /// Max pools, <c>cat</c>, <c>flatten</c> and other views need no entry: their gradient is the rule.
    /// </remarks>
    public static IReadOnlyList<FunctionEntry> Convolutional(Stabilizer? stabilizer = null)
    {
        var norm = new Norm(stabilizer);
        return
        [
            new(InputTransform, new Pass()),
            new(Gate, new Pass()),
            new(FeatureGate, new Pass()),
            new(Add, norm),
            new(Sub, norm),
            new(Mean, norm),
            new(Sum, norm),
            new(AvgPool, norm),
            new(Interpolate, norm),
            new(Activation, new Pass()),
            new(BatchNorm, new Pass()),
        ];
    }

    private static FunctionOf ChannelNorm(string name, params string[] operators) =>
        new(
            name,
            operators,
            "Epsilon, Identity or Pass",
            rule => rule is Epsilon { ExcludeBias: false } or Pass,
            (rule, call, site) =>
                rule is Epsilon epsilon
                    ? ChannelNormalization.Run(call, site, epsilon.Stabilizer)
                    : call.Identity(call.Operator["aten::".Length..], site)
        );

    private static FunctionOf Weighted(string name, params string[] operators) =>
        new(
            name,
            operators,
            "Epsilon or Norm",
            rule => rule is Epsilon { ExcludeBias: false },
            (rule, call, site) => LinearOf(rule, call, site)
        );
}
