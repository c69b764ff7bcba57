using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

// Products, quotients and layers that multiply.
public static partial class Functions
{
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
}
