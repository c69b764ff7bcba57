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

    private static FunctionOf Passing(string name, params string[] operators) =>
        new(name, operators, "Identity or Pass", rule => rule is Pass, (_, _, _) => OperatorCall.LetThrough);

    private static Tensor Added(Rule rule, RuleSite site, Tensor a, Tensor b, double factor) =>
        new Addition(factor, (rule as Epsilon)?.Stabilizer ?? 0, rule is Uniform).Run(site, a, b);

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
}
