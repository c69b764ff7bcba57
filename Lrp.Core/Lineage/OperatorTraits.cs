namespace Lrp.Core.Lineage;

/// <summary>What an operator does to its operand, as far as the recognition of gates asks.</summary>
internal enum OperatorTrait
{
    /// <summary>The value itself, or its negative: linear, entry by entry.</summary>
    Copy,

    /// <summary>Entries in other places, some of them, or several times.</summary>
    Rearrangement,

    /// <summary>A linear combination of entries.</summary>
    LinearReduction,

    /// <summary>Entries combined into something of the same degree, such as a norm.</summary>
    Reduction,

    /// <summary>A standard deviation.</summary>
    Deviation,

    /// <summary>A variance.</summary>
    Variance,

    /// <summary>A softmax.</summary>
    Softmax,

    /// <summary>Entry by entry; nothing else is known.</summary>
    Activation,

    /// <summary>Entry by entry, and of the same degree for positive factors, such as a ReLU.</summary>
    Rectifier,

    /// <summary>The sign, entry by entry.</summary>
    Sign,

    /// <summary>A power, entry by entry.</summary>
    Power,

    /// <summary>A sum or a difference of two.</summary>
    Sum,

    /// <summary>A product of two, entry by entry.</summary>
    Product,

    /// <summary>A product of two, with a sum over entries.</summary>
    MatrixProduct,

    /// <summary>A quotient of two, entry by entry.</summary>
    Quotient,

    /// <summary>One of two or three values, entry by entry.</summary>
    Choice,

    /// <summary>Several tensors in one.</summary>
    Joining,
}

/// <summary>
/// The operators whose traits are known; a name is libtorch's without <c>aten::</c>, overload and <c>_</c>.
/// </summary>
internal static class OperatorTraits
{
    private static readonly Dictionary<string, OperatorTrait> Known = Table(
        (
            OperatorTrait.Copy,
            "neg negative positive clone contiguous to _to_copy type_as alias detach detach_copy lift_fresh "
                + "dropout alpha_dropout feature_dropout native_dropout float double half"
        ),
        (
            OperatorTrait.Rearrangement,
            "view reshape view_as reshape_as _unsafe_view _reshape_alias flatten unflatten squeeze unsqueeze "
                + "transpose t permute movedim moveaxis swapaxes swapdims mT numpy_T expand expand_as repeat "
                + "repeat_interleave tile select slice narrow split split_with_sizes chunk tensor_split unbind "
                + "index_select gather index take flip roll rot90 diagonal unfold real imag view_as_real "
                + "view_as_complex broadcast_to pad constant_pad_nd masked_select diag "
                + "diag_embed"
        ),
        (
            OperatorTrait.LinearReduction,
            "mean sum cumsum nanmean nansum avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d "
                + "adaptive_avg_pool3d"
        ),
        (
            OperatorTrait.Reduction,
            "norm linalg_norm linalg_vector_norm frobenius_norm linalg_matrix_norm amax amin max min median "
                + "mode sort topk cummax cummin"
        ),
        (OperatorTrait.Deviation, "std"),
        (OperatorTrait.Variance, "var"),
        (OperatorTrait.Softmax, "softmax special_softmax _softmax softmin"),
        (
            OperatorTrait.Activation,
            "elu selu celu gelu silu mish sigmoid tanh hardswish hardsigmoid softplus log_sigmoid softsign "
                + "tanhshrink exp expm1 exp2 log log1p log2 log10 erf erfc sin cos tan asin acos atan sinh cosh "
                + "asinh acosh atanh sigmoid special_expit special_erf special_expm1 special_ndtr logit "
                + "softshrink hardshrink threshold floor ceil round trunc frac"
        ),
        (
            OperatorTrait.Rectifier,
            "relu relu6 leaky_relu prelu abs absolute hardtanh clamp clamp_min clamp_max clip "
                + "nan_to_num masked_fill"
        ),
        (OperatorTrait.Sign, "sign sgn heaviside"),
        (OperatorTrait.Power, "pow float_power square sqrt rsqrt reciprocal"),
        (OperatorTrait.Sum, "add sub subtract rsub"),
        (OperatorTrait.Product, "mul multiply"),
        (OperatorTrait.MatrixProduct, "matmul linalg_matmul mm bmm mv dot inner einsum"),
        (OperatorTrait.Quotient, "div divide true_divide"),
        (OperatorTrait.Choice, "where maximum minimum fmax fmin"),
        (OperatorTrait.Joining, "cat concat stack")
    );

    private static readonly Dictionary<string, OperatorTrait> ModuleTraits = Known
        .Where(entry =>
            entry.Value is OperatorTrait.Activation or OperatorTrait.Rectifier
            || entry.Key is "dropout" or "alpha_dropout"
        )
        .GroupBy(entry => entry.Key.Replace("_", "", StringComparison.Ordinal))
        .ToDictionary(group => group.Key, group => group.First().Value);

    /// <summary>Whether an operator's result has its operand's values, whatever its type or its place.</summary>
    public static bool IsPlainCopy(string name) => name is not ("neg" or "negative") && Of(name) == OperatorTrait.Copy;

    /// <summary>The trait of an operator; null where it is not known.</summary>
    public static OperatorTrait? Of(string name) => Known.TryGetValue(name, out var trait) ? trait : null;

    /// <summary>
    /// The trait of a module of the torch library that is one such function, such as <c>LeakyReLU</c>; null for others.
    /// </summary>
    public static OperatorTrait? OfModule(Type module) =>
        ModuleTraits.TryGetValue(module.Name.ToLowerInvariant(), out var trait) ? trait : null;

    /// <summary>The base of a logarithm; null for other operators.</summary>
    public static double? BaseOfLogarithm(string name) =>
        name switch
        {
            "log" => Math.E,
            "log2" => 2,
            "log10" => 10,
            _ => null,
        };

    /// <summary>The base of an exponential; null for other operators.</summary>
    public static double? BaseOfExponential(string name) =>
        name switch
        {
            "exp" => Math.E,
            "exp2" => 2,
            _ => null,
        };

    /// <summary>The operator that would compute one of the results of an operator that returns several.</summary>
    /// <param name="name">Its name as the table has it.</param>
    /// <param name="number">The number of the result.</param>
    public static string OfResult(string name, int number) =>
        name switch
        {
            "var_mean" => number == 0 ? "var" : "mean",
            "std_mean" => number == 0 ? "std" : "mean",
            _ => name,
        };

    /// <summary>An operator's name as the table has it: <c>add</c> for <c>aten::add_</c>.</summary>
    public static string Bare(string name)
    {
        var start = name.LastIndexOf(':') + 1;
        return name.EndsWith('_') && !name.EndsWith("__", StringComparison.Ordinal) ? name[start..^1] : name[start..];
    }

    private static Dictionary<string, OperatorTrait> Table(params (OperatorTrait Trait, string Names)[] rows) =>
        rows.SelectMany(row => row.Names.Split(' ').Distinct().Select(name => (name, row.Trait)))
            .DistinctBy(entry => entry.name)
            .ToDictionary(entry => entry.name, entry => entry.Trait);
}
