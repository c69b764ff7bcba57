using Lrp.Core.Lineage;

namespace Lrp.Core.Audit;

/// <summary>
/// Why relevance may not follow the plain gradient of an operator, and the entry that gives it a rule.
/// </summary>
/// <param name="What">What the operator is, such as "a product of two computed tensors".</param>
/// <param name="Remedy">Entries of a composite.</param>
internal sealed record Concern(string What, string Remedy)
{
    private static readonly Concern Product = new(
        "a product of two computed tensors",
        "{ Functions.Gate, LrpRule.Pass() } and { Functions.Mul, LrpRule.Uniform() }"
    );

    private static readonly Concern MatrixProduct = new(
        "a matrix product of two computed tensors",
        "{ Functions.MatMul, LrpRule.UniformEpsilon(1e-8) }"
    );

    private static readonly Concern Sum = new(
        "a sum of two computed tensors",
        "{ Functions.Add, LrpRule.Norm() } and { Functions.Sub, LrpRule.Norm() }"
    );

    private static readonly Concern Reduction = new(
        "a sum or mean over entries",
        "{ Functions.Mean, LrpRule.Norm() } and { Functions.Sum, LrpRule.Norm() }"
    );

    private static readonly Concern Softmax = new(
        "a softmax",
        "{ Functions.Softmax, LrpRule.TaylorAtInput() }, or LrpRule.StopRelevance() for CP-LRP"
    );

    private static readonly Concern LogSoftmax = new(
        "a logarithm of a softmax",
        "{ Functions.LogSoftmax, LrpRule.TaylorAtInput() }, or explain what goes into it"
    );

    private static readonly Concern Division = new(
        "a division by a computed tensor",
        "{ Functions.Gate, LrpRule.Pass() }, or detach() the divisor"
    );

    private static readonly Concern Norm = new(
        "a normalization",
        "{ Functions.LayerNorm, LrpRule.Epsilon(1e-6) }, { Functions.RmsNorm, LrpRule.Pass() }, "
            + "{ Functions.BatchNorm, LrpRule.Pass() }, or an entry for its module"
    );

    private static readonly Concern Attention = new(
        "an attention",
        "{ Functions.ScaledDotProductAttention, LrpRule.UniformEpsilon(1e-8) }"
    );

    private static readonly Concern Linear = new(
        "a linear layer",
        "an entry for its module, or { Functions.Linear, LrpRule.Epsilon(1e-6) }"
    );

    private static readonly Concern Scale = new(
        "a product with a constant, or a quotient by one",
        "{ Functions.Gate, LrpRule.Pass() }"
    );

    private static readonly Concern Pool = new("an average pooling", "{ Functions.AvgPool, LrpRule.Norm() }");

    private static readonly Concern Interpolation = new(
        "an interpolation",
        "{ Functions.Interpolate, LrpRule.Norm() }"
    );

    private static readonly Concern Elementwise = new(
        "a function entry by entry that is not linear, or changes the sign",
        "{ Functions.Elementwise, LrpRule.Pass() }"
    );

    private static readonly Concern Unknown = new(
        "an operator that no rule of this library is for",
        "{ Functions.Operator(\"its name\"), FunctionRule.From(...) }, or null in place of the rule to keep the "
            + "gradient"
    );

    // Beside views, copies, selections and choices: each entry of the result is one of the operand's, or a constant.
    private static readonly HashSet<string> Selecting =
    [
        .. (
            "relu relu6 hardtanh clamp clamp_min clamp_max clip masked_fill nan_to_num amax amin max min median mode "
            + "sort msort topk kthvalue cummax cummin max_pool1d max_pool2d max_pool3d max_pool1d_with_indices "
            + "max_pool2d_with_indices max_pool3d_with_indices adaptive_max_pool1d adaptive_max_pool2d "
            + "adaptive_max_pool3d copy slice_scatter select_scatter diagonal_scatter index_put index_copy index_fill "
            + "scatter masked_scatter fill zero tril triu diag diag_embed reflection_pad1d reflection_pad2d "
            + "reflection_pad3d replication_pad1d replication_pad2d replication_pad3d pixel_shuffle pixel_unshuffle "
            + "channel_shuffle im2col resolve_conj resolve_neg embedding rrelu _conj _neg_view _unsafe_index"
        ).Split(' '),
    ];

    private static readonly Dictionary<string, Concern> Always = Table(
        (Softmax, "softmax special_softmax _softmax softmin"),
        (LogSoftmax, "log_softmax special_log_softmax _log_softmax"),
        (Norm, "layer_norm rms_norm group_norm instance_norm batch_norm native_layer_norm native_batch_norm"),
        (Attention, "scaled_dot_product_attention"),
        (
            Linear,
            "conv1d conv2d conv3d convolution _convolution conv_transpose1d conv_transpose2d conv_transpose3d linear"
        ),
        (Pool, "avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d"),
        (
            Interpolation,
            "upsample_nearest1d upsample_nearest2d upsample_nearest3d upsample_linear1d upsample_bilinear2d "
                + "upsample_bicubic2d upsample_trilinear3d _upsample_nearest_exact1d _upsample_nearest_exact2d "
                + "_upsample_nearest_exact3d _upsample_bilinear2d_aa _upsample_bicubic2d_aa"
        ),
        (Reduction, "mean sum nansum nanmean cumsum")
    );

    private static readonly Dictionary<string, Concern> OfTwo = Table(
        (Product, "mul multiply"),
        (Division, "div divide true_divide"),
        (Sum, "add sub subtract rsub addcmul addcdiv lerp"),
        (
            MatrixProduct,
            "matmul linalg_matmul mm bmm mv dot inner outer ger tensordot bilinear einsum addmm baddbmm addbmm addmv "
                + "addr"
        )
    );

    private static readonly Dictionary<string, Concern> WithConstant = Table(
        (Scale, "mul multiply div divide true_divide"),
        (Linear, "matmul linalg_matmul mm addmm einsum")
    );

    /// <summary>The concern about an operator that has no rule; null where its plain gradient is one.</summary>
    /// <param name="name">Its name without library, overload and <c>_</c>.</param>
    /// <param name="computed">How many of its operands were computed.</param>
    /// <param name="isSecond">Whether the only computed operand is the second, a divisor for instance.</param>
    public static Concern? About(string name, int computed, bool isSecond) =>
        computed == 0 ? null
        : Always.GetValueOrDefault(name) is { } always ? always
        : OfTwo.TryGetValue(name, out var ofTwo)
            ? computed > 1 || (isSecond && ofTwo == Division) ? ofTwo
                : WithConstant.GetValueOrDefault(name)
        : OfTrait(name);

    private static Concern? OfTrait(string name) =>
        Selecting.Contains(name)
            ? null
            : OperatorTraits.Of(name) switch
            {
                OperatorTrait.Copy when OperatorTraits.IsPlainCopy(name) => null,
                OperatorTrait.Rearrangement or OperatorTrait.Joining or OperatorTrait.Choice => null,
                OperatorTrait.Sign => null, // no gradient passes
                OperatorTrait.Activation or OperatorTrait.Rectifier or OperatorTrait.Power or OperatorTrait.Copy =>
                    Elementwise,
                _ => Unknown,
            };

    /// <summary>Whether there is a concern about an operator, whatever its operands.</summary>
    public static bool IsKnown(string name) =>
        Always.ContainsKey(name) || OfTwo.ContainsKey(name) || WithConstant.ContainsKey(name);

    private static Dictionary<string, Concern> Table(params (Concern Concern, string Names)[] rows) =>
        rows.SelectMany(row => row.Names.Split(' ').Select(name => (name, row.Concern)))
            .ToDictionary(entry => entry.name, entry => entry.Concern);
}
