using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// Functions of torch as keys of a composite, <c>{ Functions.Softmax, Taylor.AtInput() }</c>: while a registered
/// model's forward runs, calls of the function on that thread have the rule. The relevance is bit for bit that of the
/// drop-in of the same name in <see cref="Relevance"/>.
/// </summary>
/// <remarks>
/// <para>
/// Inside a module that has a rule of its own its rule alone counts. A function without an entry passes on its plain
/// gradient: <see cref="AttnLrp"/> has an entry for each of them.</para>
/// <para>
/// Denominators are stabilized as the rule says; <see cref="Stabilizer.Unsigned"/> gives the numbers of LXT.
/// </para>
/// <para>Needs the native library <c>lrp_dispatch</c>; where it is missing, registering says so.</para>
/// </remarks>
public static partial class Functions
{
    /// <summary>
    /// <c>a + b</c>, <c>add</c>, <c>add_</c>; takes Epsilon or Norm (shares in proportion), or Uniform. In
    /// <c>addcmul</c>, <c>addcdiv</c> and <c>lerp</c> the products share equally, as <see cref="Mul"/> does. Also
    /// <c>index_add</c> and <c>scatter_add</c>, whose summands share in proportion.
    /// </summary>
    public static FunctionKey Add { get; } =
        new FunctionOf(
            "add",
            ["aten::add", "aten::add_", .. FusedSums.Operators, .. ScatteredSums.Operators],
            "Epsilon, Norm or Uniform",
            rule => rule is Epsilon { ExcludeBias: false } or Uniform,
            (rule, call, site) =>
                FusedSums.Include(call) ? FusedSums.Apply(call, site, (a, b, factor) => Added(rule, site, a, b, factor))
                : ScatteredSums.Include(call)
                    ? ScatteredSums.Apply(
                        call,
                        site,
                        (rule as Epsilon)?.Stabilizer,
                        (a, b) => Added(rule, site, a, b, 1)
                    )
                : call.OnFirst(a => Added(rule, site, a, call.TensorOrNumber("other", a), call.GetDouble("alpha")))
        );

    /// <summary>
    /// <c>a − b</c>, <c>sub</c>, <c>sub_</c>; takes Epsilon or Norm (shares in proportion), or Uniform.
    /// </summary>
    public static FunctionKey Sub { get; } =
        new FunctionOf(
            "sub",
            ["aten::sub", "aten::sub_", "aten::rsub"],
            "Epsilon, Norm or Uniform",
            rule => rule is Epsilon { ExcludeBias: false } or Uniform,
            (rule, call, site) =>
                call.OnFirst(a =>
                    call.Operator == "aten::rsub"
                        ? Reversed(rule, site, a, call.TensorOrNumber("other", a), call.GetDouble("alpha"))
                        : Added(rule, site, a, call.TensorOrNumber("other", a), -call.GetDouble("alpha"))
                )
        );

    /// <summary>
    /// <c>a·b</c>, <c>mul</c>, <c>mul_</c>, and <c>glu</c>, which is a·sigmoid(b); takes Uniform. A constant factor
    /// takes none.
    /// </summary>
    public static FunctionKey Mul { get; } =
        new FunctionOf(
            "mul",
            ["aten::mul", "aten::mul_", "aten::glu"],
            "Uniform",
            rule => rule is Uniform,
            (_, call, site) =>
                call.Operator == "aten::glu"
                    ? GatedHalf(call, site)
                    : call.OnFirst(a => Multiplied(call, site, a, call.TensorOrNumber("other", a)))
        );

    /// <summary>
    /// A product or a quotient of x and a gate, which takes no relevance: f(x)·x, where f works entry by entry, as in
    /// an activation that is written out, or x·f(x) does not change when x is scaled, as in a norm that is written out;
    /// and a product or a quotient with a constant. Takes Identity or Pass.
    /// </summary>
    /// <remarks>
    /// AttnLRP (Achtibat et al. 2024), equation 9 and proposition 3.4. Recognised by what was computed from what, and
    /// how; put the entry before those of <see cref="Mul"/> and <see cref="Div"/>.
    /// </remarks>
    public static FunctionKey Gate { get; } =
        new FunctionOf(
            "gate",
            ["aten::mul", "aten::mul_", "aten::div", "aten::div_"],
            "Identity or Pass",
            rule => rule is Pass,
            (_, call, site) => GateCalls.Apply(call, site),
            GateCalls.Includes
        );

    /// <summary>
    /// A product of features and a factor that was computed from them, as in squeeze and excitation: the features take
    /// all relevance. Takes Identity or Pass.
    /// </summary>
    /// <remarks>For convolutional networks; in a transformer such a product shares as <see cref="Mul"/> does.</remarks>
    public static FunctionKey FeatureGate { get; } =
        new FunctionOf(
            "feature gate",
            ["aten::mul", "aten::mul_"],
            "Identity or Pass",
            rule => rule is Pass,
            (_, call, site) => GateCalls.ApplyToFeatures(call, site),
            (call, site) => GateCalls.FeatureRoleIn(call, site) != GateRole.None
        );

    /// <summary>
    /// A constant added to the model's input, subtracted from it, multiplied with it or dividing it, such as the mean
    /// and deviation of colours: the input takes all relevance, as if it had been given so. Takes Identity or Pass.
    /// </summary>
    public static FunctionKey InputTransform { get; } =
        new FunctionOf(
            "input transform",
            [
                "aten::add",
                "aten::add_",
                "aten::sub",
                "aten::sub_",
                "aten::rsub",
                "aten::mul",
                "aten::mul_",
                "aten::div",
                "aten::div_",
            ],
            "Identity or Pass",
            rule => rule is Pass,
            (_, call, site) => GateCalls.ApplyToInput(call, site),
            GateCalls.IsOfInput
        );

    /// <summary><c>a / c</c>, <c>div</c>, <c>div_</c> by a constant; takes Identity or Pass.</summary>
    public static FunctionKey Div { get; } =
        new FunctionOf(
            "div",
            ["aten::div", "aten::div_"],
            "Identity or Pass",
            rule => rule is Pass,
            (_, call, site) =>
                call.Argument("rounding_mode") is string
                    ? OperatorCall.LetThrough
                    : call.OnFirst(a =>
                    {
                        var divisor = call.TensorOrNumber("other", a);
                        return GateCalls.Quotient(call, site, a, divisor);
                    })
        );

    /// <summary>
    /// <c>matmul</c>, <c>mm</c>, <c>bmm</c>, <c>mv</c>, <c>dot</c>, <c>inner</c>, <c>outer</c>, <c>tensordot</c>,
    /// <c>bilinear</c> and <c>einsum</c>; <c>addmm</c>, <c>addmv</c>, <c>addr</c>, <c>addbmm</c> and <c>baddbmm</c>;
    /// takes UniformEpsilon.
    /// </summary>
    /// <remarks>
    /// The sums in <c>addmm</c> and those like it, and that with the bias of <c>bilinear</c>, share in proportion, as
    /// <see cref="Add"/> does. An entry for <see cref="Einsum"/> before this one decides about einsum.
    /// </remarks>
    public static FunctionKey MatMul { get; } =
        new FunctionOf(
            "matmul",
            ProductCalls.Operators,
            "UniformEpsilon",
            rule => rule is UniformEpsilon,
            (rule, call, site) => ProductCalls.Apply(((UniformEpsilon)rule).Stabilizer, call, site)
        );

    /// <summary><c>einsum</c>; takes UniformEpsilon.</summary>
    public static FunctionKey Einsum { get; } =
        new FunctionOf(
            "einsum",
            ["aten::einsum"],
            "UniformEpsilon",
            rule => rule is UniformEpsilon,
            (rule, call, site) => ProductCalls.Einstein(((UniformEpsilon)rule).Stabilizer, call, site)
        );

    /// <summary>
    /// <c>linear</c> and convolutions as functions, outside a module that has a rule; takes Epsilon.
    /// </summary>
    /// <remarks>
    /// torch computes it by <c>addmm</c>, or by <c>matmul</c> with a constant and <c>+=</c>; put its entry before
    /// theirs.
    /// </remarks>
    public static FunctionKey Linear { get; } =
        new FunctionOf(
            "linear",
            ["aten::linear", "aten::addmm", "aten::matmul", "aten::add_", .. OperatorNames.Convolutions],
            "Epsilon",
            rule => rule is Epsilon { ExcludeBias: false },
            (rule, call, site) =>
                !OperatorNames.Convolutions.Contains(call.Operator)
                    ? LinearCalls.Apply(((Epsilon)rule).Stabilizer, call, site)
                : call.Tensor("weight").requires_grad ? FunctionKey.Declined
                : LinearOf(rule, call, site)
        );

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

    /// <summary>
    /// <c>mean</c> over some or all dimensions, and the mean that <c>var_mean</c> and <c>std_mean</c> return; takes
    /// Epsilon or Norm.
    /// </summary>
    public static FunctionKey Mean { get; } =
        new FunctionOf(
            "mean",
            ["aten::mean", "aten::var_mean", "aten::std_mean"],
            "Epsilon or Norm",
            rule => rule is Epsilon { ExcludeBias: false },
            (rule, call, site) =>
                call.Operator == "aten::mean"
                    ? Reduce(mean: true, rule, call, site)
                    : (object?[])[((object?[])call.Invoke()!)[0], Reduce(mean: true, rule, call, site)]
        );

    /// <summary>
    /// <c>sum</c> over some or all dimensions, also as <c>einsum</c> of one tensor, and <c>cumsum</c>; takes Epsilon or
    /// Norm.
    /// </summary>
    public static FunctionKey Sum { get; } =
        new FunctionOf(
            "sum",
            ["aten::sum", "aten::cumsum", "aten::einsum"],
            "Epsilon or Norm",
            rule => rule is Epsilon { ExcludeBias: false },
            (rule, call, site) =>
                call.Operator switch
                {
                    "aten::cumsum" => LinearOf(rule, call, site),
                    "aten::einsum" => ProductCalls.Einstein(((Epsilon)rule).Stabilizer, call, site),
                    _ => Reduce(mean: false, rule, call, site),
                },
            (call, _) => call.Operator != "aten::einsum" || call.Argument("tensors") is Tensor?[] { Length: 1 }
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

    /// <summary>
    /// Functions of one tensor that work entry by entry: <c>relu</c>, <c>gelu</c>, <c>silu</c>, <c>sigmoid</c>,
    /// <c>tanh</c> and other activations; <c>neg</c>, <c>abs</c>, <c>exp</c>, <c>log</c>, <c>sqrt</c>, <c>rsqrt</c>,
    /// <c>square</c>, <c>pow</c> with a number. Takes Identity or Pass.
    /// </summary>
    public static FunctionKey Elementwise { get; } =
        new FunctionOf(
            "elementwise",
            [
                .. Elementwises.Activations.Concat(Elementwises.Mathematics).Select(name => $"aten::{name}"),
                "aten::pow.Tensor_Scalar",
            ],
            "Identity or Pass",
            rule => rule is Pass,
            (_, call, site) => ActivationCalls.Apply(call, site)
        );

    /// <summary><c>cat</c>: each entry takes its own relevance; takes Identity or Pass.</summary>
    public static FunctionKey Cat { get; } = Passing("cat", "aten::cat", "aten::concat");

    /// <summary><c>stack</c>: each entry takes its own relevance; takes Identity or Pass.</summary>
    public static FunctionKey Stack { get; } = Passing("stack", "aten::stack");

    /// <summary>
    /// <c>reshape</c>, <c>view</c>, <c>flatten</c>, <c>transpose</c>, <c>permute</c>, <c>squeeze</c> and
    /// <c>unsqueeze</c>; takes Identity or Pass.
    /// </summary>
    public static FunctionKey Reshape { get; } =
        Passing(
            "reshape",
            "aten::reshape",
            "aten::view",
            "aten::flatten",
            "aten::transpose",
            "aten::permute",
            "aten::squeeze",
            "aten::unsqueeze"
        );

    /// <summary>Any operator of libtorch, for a <see cref="FunctionRule"/> of your own or StopRelevance.</summary>
    /// <param name="name">
    /// Its name, <c>aten::cumsum</c> for all overloads, the form in place and its other names, or <c>aten::max.dim</c>
    /// for one overload.
    /// </param>
    /// <returns>The key.</returns>
    public static FunctionKey Operator(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var full = name.Contains("::", StringComparison.Ordinal) ? name : $"aten::{name}";
        return new FunctionOf(
            full["aten::".Length..],
            full.Contains('.', StringComparison.Ordinal)
                ? [full]
                :
                [
                    .. OperatorAliases
                        .Of(full["aten::".Length..])
                        .SelectMany(alias => new[] { $"aten::{alias}", $"aten::{alias}_" }),
                ],
            "no rule of this library",
            _ => false,
            (_, _, _) => OperatorCall.LetThrough
        );
    }

    /// <summary>
    /// Every function here that this libtorch has as an operator and that has a rule other than passing relevance on,
    /// with AttnLRP's rule: what a composite for a transformer starts from. The stabilizers are those of the drop-ins.
    /// </summary>
    /// <exception cref="InvalidOperationException">The native library <c>lrp_dispatch</c> is missing.</exception>
    public static IReadOnlyList<FunctionEntry> AttnLrp => AttnLrpWith(StabilizerKind.Signed);

    /// <summary><see cref="AttnLrp"/> with another formula for its denominators.</summary>
    /// <param name="kind">
    /// <see cref="StabilizerKind.Unsigned"/> for the numbers of LXT, AttnLRP's reference implementation.
    /// </param>
    /// <param name="epsilon">
    /// ε of all denominators; null for the defaults of the drop-ins. The smaller, the closer relevance is to AttnLRP's
    /// efficient form, which divides by nothing, and the larger it may become where a denominator is near zero.
    /// </param>
    /// <returns>The entries.</returns>
    /// <exception cref="InvalidOperationException">The native library <c>lrp_dispatch</c> is missing.</exception>
    public static IReadOnlyList<FunctionEntry> AttnLrpWith(StabilizerKind kind, double? epsilon = null)
    {
        Stabilizer Of(double usual) => Stabilizer.Of(kind, epsilon ?? usual);
        return
        [
            .. new FunctionEntry[]
            {
                new(Linear, new Epsilon(Of(FunctionEpsilon.Linear))),
                new(Softmax, Taylor.AtInput()),
                new(LogSoftmax, Taylor.AtInput(epsilon: Of(FunctionEpsilon.Reduction))),
                new(Gate, new Identity()),
                new(Add, new Epsilon(Of(FunctionEpsilon.Add))),
                new(Sub, new Epsilon(Of(FunctionEpsilon.Add))),
                new(Mul, new Uniform()),
                new(Div, new Identity()),
                new(MatMul, new UniformEpsilon(Of(FunctionEpsilon.MatMul))),
                new(Elementwise, new Identity()),
                new(Mean, new Epsilon(Of(FunctionEpsilon.Reduction))),
                new(Sum, new Epsilon(Of(FunctionEpsilon.Reduction))),
                new(LayerNorm, new Epsilon(Of(FunctionEpsilon.LayerNorm))),
                new(RmsNorm, new Identity()),
                new(GroupNorm, new Epsilon(Of(FunctionEpsilon.LayerNorm))),
                new(BatchNorm, new Epsilon(Of(FunctionEpsilon.LayerNorm))),
                new(ScaledDotProductAttention, new UniformEpsilon(Of(FunctionEpsilon.MatMul))),
            }.Where(entry => entry.Key.Operators.Any(name => OperatorCall.Exists(name))),
        ];
    }

    /// <summary>An operator that is linear in its first argument, or affine; other tensors are constants.</summary>
    private static Tensor LinearOf(Rule rule, OperatorCall call, RuleSite site)
    {
        var isTensor = call.Arguments.Select(argument => argument is Tensor).ToList();
        var others = call.Arguments.Select(argument => argument is Tensor ? null : argument).ToList();
        return new LinearOperator(
            call.Operator["aten::".Length..],
            operands =>
            {
                var next = 0;
                return (Tensor)call.Invoke([.. others.Select((other, k) => isTensor[k] ? operands[next++] : other)])!;
            },
            ((Epsilon)rule).Stabilizer
        ).Run(site, [.. call.Arguments.OfType<Tensor>()]);
    }

    private static Tensor GatedHalf(OperatorCall call, RuleSite site)
    {
        var halves = call.Tensor("self").chunk(2, (long)call.Argument("dim")!);
        var gate = new IdentityFunction("sigmoid", x => x.sigmoid()).Run(site, halves[1]);
        return new Multiplication().Run(site, halves[0], gate);
    }

    private static FunctionOf Passing(string name, params string[] operators) =>
        new(name, operators, "Identity or Pass", rule => rule is Pass, (_, _, _) => OperatorCall.LetThrough);

    private static Tensor Added(Rule rule, RuleSite site, Tensor a, Tensor b, double factor) =>
        new Addition(factor, (rule as Epsilon)?.Stabilizer ?? 0, rule is Uniform).Run(site, a, b);

    internal static NotSupportedException Complex(string what) =>
        new(
            $"Relevance has no rule for {what}. A product with a constant complex tensor, as in a rotary "
                + "embedding, has one; write the rest with real numbers (view_as_real)."
        );

    private static Tensor Multiplied(OperatorCall call, RuleSite site, Tensor a, Tensor b)
    {
        if (a.is_complex() || b.is_complex())
        {
            return a.requires_grad && b.requires_grad
                ? throw Complex("a product of two complex tensors that both have relevance")
                : new ComplexFactor(FunctionEpsilon.Complex).Run(site, a, b);
        }

        return GateCalls.Multiplied(call, site, a, b);
    }

    // other − alpha·self
    private static Tensor Reversed(Rule rule, RuleSite site, Tensor self, Tensor other, double alpha) =>
        Added(rule, site, other, self, -alpha);

    private static object? Reduce(bool mean, Rule rule, OperatorCall call, RuleSite site) =>
        new Reduction(
            mean,
            call.Argument("dim") as long[],
            call.Argument("keepdim") is true,
            ((Epsilon)rule).Stabilizer,
            call.Type("dtype")
        ).Run(site, call.Tensor("self"));

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
