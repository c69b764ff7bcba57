using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

// Softmax, attention, and norms.
public static partial class Functions
{
    /// <summary>
    /// <c>softmax</c>; takes <c>Taylor.AtInput()</c> (at the scores, with the bias: AttnLRP's proposition 3.1),
    /// or Identity. Another reference point, such as the zero of <c>new Taylor()</c>, is refused: it is not defined
    /// where scores are masked by −inf. Nothing is divided, so that the rule's epsilon has no use.
    /// </summary>
    public static FunctionKey Softmax { get; } =
        new FunctionOf(
            "softmax",
            [.. OperatorNames.Softmax, .. OperatorNames.WrittenSoftmax],
            "Taylor.AtInput() (with the bias, which absorbs its part; no other reference point is defined where scores "
                + "are masked) or Identity",
            rule => rule is Taylor { IsAtInputWithBias: true } or Pass,
            (rule, call, site) =>
                OperatorNames.WrittenSoftmax.Contains(call.Operator) ? SoftmaxCalls.Apply(rule, call, site)
                : rule is Taylor
                    ? new SoftmaxFunction((long)call.Argument("dim")!, 1, call.Type("dtype")).Run(
                        site,
                        call.Tensor("self")
                    )
                : call.Identity("softmax", site),
            (call, site) => !OperatorNames.WrittenSoftmax.Contains(call.Operator) || SoftmaxCalls.Includes(call, site)
        );

    /// <summary>
    /// <c>log_softmax</c>; takes <c>Taylor.AtInput()</c> (with the bias), or Identity. Where it is the last function of
    /// a classifier, explaining the logits needs no rule for it.
    /// </summary>
    public static FunctionKey LogSoftmax { get; } =
        new FunctionOf(
            "log_softmax",
            ["aten::log_softmax", "aten::special_log_softmax", "aten::_log_softmax"],
            "Taylor.AtInput() (with the bias, which absorbs its part) or Identity",
            rule => rule is Taylor { IsAtInputWithBias: true } or Pass,
            (rule, call, site) =>
                rule is Taylor taylor
                    ? new LogSoftmaxFunction((long)call.Argument("dim")!, taylor.Stabilizer, call.Type("dtype")).Run(
                        site,
                        call.Tensor("self")
                    )
                    : call.Identity("log_softmax", site)
        );

    /// <summary><c>layer_norm</c> as a function; takes Epsilon (1/σ a constant) or Identity.</summary>
    public static FunctionKey LayerNorm { get; } =
        new FunctionOf(
            "layer_norm",
            ["aten::layer_norm"],
            "Epsilon or Identity",
            rule => rule is Epsilon { ExcludeBias: false } or Pass,
            (rule, call, site) =>
                rule is Epsilon epsilon
                    ? LayerNormalization.Run(
                        site,
                        call.Tensor("input"),
                        (long[])call.Argument("normalized_shape")!,
                        call.OptionalTensor("weight"),
                        call.OptionalTensor("bias"),
                        call.GetDouble("eps"),
                        epsilon.Stabilizer
                    )
                    : call.Identity("layer_norm", site)
        );

    /// <summary>
    /// <c>group_norm</c> and <c>instance_norm</c> as functions; takes Epsilon (1/σ a constant) or Identity.
    /// </summary>
    public static FunctionKey GroupNorm { get; } = ChannelNorm("group_norm", "aten::group_norm", "aten::instance_norm");

    /// <summary><c>rms_norm</c>, an operator of libtorch 2.4 and later; takes Identity.</summary>
    public static FunctionKey RmsNorm { get; } =
        new FunctionOf(
            "rms_norm",
            ["aten::rms_norm"],
            "Identity or Pass",
            rule => rule is Pass,
            (_, call, site) => call.Identity("rms_norm", site)
        );

    /// <summary>
    /// <c>normalize</c>, which is no operator but a norm and a division: the norm becomes a constant, so that all
    /// relevance goes to the numerator. Any other norm or standard deviation in the model becomes a constant too. Takes
    /// Identity.
    /// </summary>
    public static FunctionKey Normalize { get; } =
        new FunctionOf(
            "normalize",
            ["aten::norm", "aten::linalg_vector_norm", "aten::std", "aten::div"],
            "Identity or Pass",
            rule => rule is Pass,
            (rule, call, site) => call.Operator == "aten::div" ? ByNorm(call, site) : ((Tensor)call.Invoke()!).detach()
        );

    /// <summary>
    /// <c>scaled_dot_product_attention</c>, an operator of libtorch 2.0 and later; takes UniformEpsilon for its two
    /// products. Its softmax has the rule of <see cref="Softmax"/>, and AttnLRP's where the composite has
    /// no such entry.
    /// </summary>
    public static FunctionKey ScaledDotProductAttention { get; } =
        new FunctionOf(
            "scaled_dot_product_attention",
            ["aten::scaled_dot_product_attention"],
            "UniformEpsilon",
            rule => rule is UniformEpsilon,
            Attend
        );

    private static object? ByNorm(OperatorCall call, RuleSite site) =>
        call.Overload == "Tensor" && call.Argument("other") is Tensor { requires_grad: false } divisor
            ? new Division().Run(site, call.Tensor("self"), divisor)
            : OperatorCall.LetThrough;

    private static Tensor Attend(Rule rule, OperatorCall call, RuleSite site) =>
        Attention.Run(
            site,
            call.Tensor("query"),
            call.Tensor("key"),
            call.Tensor("value"),
            call.OptionalTensor("attn_mask"),
            call.GetDouble("dropout_p"),
            call.Argument("is_causal") is true,
            call.Argument("scale") as double?,
            ((UniformEpsilon)rule).Stabilizer
        );
}
