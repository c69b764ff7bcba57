using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>
/// A norm or an activation as models write it out: a product or a quotient of the input and a gate, which is computed
/// from the input.
/// </summary>
/// <param name="Name">The name of the test case.</param>
/// <param name="Form">
/// The spelling, given the input, a weight of one entry for each feature, and a function that the gate passes through.
/// </param>
public sealed record HandWritten(string Name, Func<Tensor, Tensor, Func<Tensor, Tensor>, Tensor> Form)
{
    private const double Eps = 1e-5;

    /// <summary>Root mean square norms over the last dimension.</summary>
    public static IReadOnlyList<HandWritten> RootMeanSquareNorms { get; } =
    [
        new("rsqrt", (x, w, gate) => w * (x * gate((x.pow(2).mean([-1], true) + Eps).rsqrt()))),
        new("rsqrt, factor first", (x, w, gate) => gate((x.pow(2).mean([-1], true) + Eps).rsqrt()) * x * w),
        new("square()", (x, w, gate) => x * gate((x.square().mean([-1], true) + Eps).rsqrt()) * w),
        new("x*x", (x, w, gate) => x * gate(((x * x).mean([-1], true) + Eps).rsqrt()) * w),
        new("power -0.5", (x, w, gate) => x * gate((x.pow(2).mean([-1], true) + Eps).pow(-0.5)) * w),
        new("division by sqrt", (x, w, gate) => w * (x / gate((x.pow(2).mean([-1], true) + Eps).sqrt()))),
        new("division by power 0.5", (x, w, gate) => x / gate((x.pow(2).mean([-1], true) + Eps).pow(0.5)) * w),
        new("one over sqrt", (x, w, gate) => x * gate(1 / (x.pow(2).mean([-1], true) + Eps).sqrt()) * w),
        new("reciprocal", (x, w, gate) => x * gate((x.pow(2).mean([-1], true) + Eps).sqrt().reciprocal()) * w),
        new("eps behind the root", (x, w, gate) => x / gate(x.pow(2).mean([-1], true).sqrt() + Eps) * w),
        new("no eps", (x, w, gate) => x / gate(x.pow(2).mean([-1], true).sqrt()) * w),
        new("sum by n", (x, w, gate) => x * gate((x.pow(2).sum([-1], true) / x.shape[^1] + Eps).rsqrt()) * w),
        new("gain on the factor", (x, w, gate) => x * gate((x.pow(2).mean([-1], true) + Eps).rsqrt() * w)),
        new("gain on the input", (x, w, gate) => w * x * gate((x.pow(2).mean([-1], true) + Eps).rsqrt())),
        new("gain of one plus w", (x, w, gate) => x * gate((x.pow(2).mean([-1], true) + Eps).rsqrt()) * (1 + w)),
        new("gain over the root", (x, w, gate) => x * gate(w / (x.pow(2).mean([-1], true) + Eps).sqrt())),
        new("norm()", (x, w, gate) => x * gate(Math.Sqrt(x.shape[^1]) / x.norm(-1, true)) * w),
        new(
            "linalg norm",
            (x, w, gate) => x / gate(linalg.norm(x, dims: [-1], keepdim: true) / Math.Sqrt(x.shape[^1])) * w
        ),
        new("unsqueezed", (x, w, gate) => x * gate((x.pow(2).mean([-1]) + Eps).rsqrt().unsqueeze(-1)) * w),
        new("expanded", (x, w, gate) => x * gate((x.pow(2).mean([-1], true) + Eps).rsqrt().expand_as(x)) * w),
        new(
            "exponential of a logarithm",
            (x, w, gate) => x * gate((-0.5 * (x.pow(2).mean([-1], true) + Eps).log()).exp()) * w
        ),
        new(
            "half a logarithm, negative, to the base 2",
            (x, w, gate) => x * gate((-((x.pow(2).mean([-1], true) + Eps).log2() / 2)).exp2()) * w
        ),
        new(
            "division by the exponential of half a logarithm",
            (x, w, gate) => x / gate((x.pow(2).mean([-1], true).log() * 0.5).exp()) * w
        ),
        new("in place", (x, w, gate) => x * gate(x.pow(2).mean([-1], true).add_(Eps).rsqrt_()) * w),
        new("product in place", (x, w, gate) => x.clone().mul_(gate((x.pow(2).mean([-1], true) + Eps).rsqrt())) * w),
        new("scaled to unit length", (x, w, gate) => x / gate(x.pow(2).sum([-1], true).sqrt().clamp_min(1e-12)) * w),
        new("LLaMA in float16", (x, w, gate) => Half(x, w, gate, ScalarType.Float16)),
        new("LLaMA in bfloat16", (x, w, gate) => Half(x, w, gate, ScalarType.BFloat16)),
        new(
            "only the factor in float32",
            (x, w, gate) =>
                x * gate((x.to(ScalarType.Float32).pow(2).mean([-1], true) + Eps).rsqrt().to(ScalarType.Float64)) * w
        ),
        new(
            "only the norm in float32",
            (x, w, gate) =>
            {
                var single = x.to(ScalarType.Float32);
                return (single * gate((single.pow(2).mean([-1], true) + Eps).rsqrt())).type_as(x) * w;
            }
        ),
    ];

    /// <summary>Layer norms over the last dimension.</summary>
    public static IReadOnlyList<HandWritten> LayerNorms { get; } =
    [
        new("rsqrt", (x, w, gate) => Centred(x) * gate((Centred(x).pow(2).mean([-1], true) + Eps).rsqrt()) * w),
        new(
            "one difference",
            (x, w, gate) =>
            {
                var centred = Centred(x);
                return w * (centred * gate((centred.pow(2).mean([-1], true) + Eps).rsqrt()));
            }
        ),
        new(
            "square of a difference by x*x",
            (x, w, gate) =>
            {
                var centred = Centred(x);
                return centred / gate(((centred * centred).mean([-1], true) + Eps).sqrt()) * w;
            }
        ),
        new("square()", (x, w, gate) => Centred(x) * gate((Centred(x).square().mean([-1], true) + Eps).pow(-0.5)) * w),
        new(
            "one over sqrt",
            (x, w, gate) => Centred(x) * gate(1 / (Centred(x).square().mean([-1], true) + Eps).sqrt()) * w
        ),
        new("var()", (x, w, gate) => w * Centred(x) / gate((x.var([-1], false, true) + Eps).sqrt())),
        new("var() and rsqrt", (x, w, gate) => Centred(x) * gate((x.var([-1], false, true) + Eps).rsqrt()) * w),
        new("std()", (x, w, gate) => Centred(x) / gate(x.std([-1], true, true) + Eps) * w),
        new("std() and gain before", (x, w, gate) => w * Centred(x) / gate(x.std([-1], false, true) + Eps)),
        new(
            "moments",
            (x, w, gate) => Centred(x) * gate((x.pow(2).mean([-1], true) - x.mean([-1], true).pow(2) + Eps).rsqrt()) * w
        ),
        new(
            "mean by sum",
            (x, w, gate) =>
            {
                var n = x.shape[^1];
                var centred = x - x.sum([-1], true) / n;
                return centred * gate((centred.pow(2).sum([-1], true) / n + Eps).rsqrt()) * w;
            }
        ),
        new(
            "mean subtracted afterwards",
            (x, w, gate) =>
            {
                var factor = gate((x.var([-1], false, true) + Eps).rsqrt());
                return (x * factor - x.mean([-1], true) * factor) * w;
            }
        ),
        new("gain on the factor", (x, w, gate) => Centred(x) * gate((x.var([-1], false, true) + Eps).rsqrt() * w)),
        new(
            "norm in float32",
            (x, w, gate) =>
            {
                var centred = Centred(x.to(ScalarType.Float32));
                return (centred * gate((centred.pow(2).mean([-1], true) + Eps).rsqrt())).to(ScalarType.Float64) * w;
            }
        ),
    ];

    /// <summary>Activations that are a product of the input and a gate.</summary>
    public static IReadOnlyList<HandWritten> Activations { get; } =
    [
        new("GELU by tanh and pow(3)", (x, _, gate) => 0.5 * x * gate(1 + (Root * (x + 0.044715 * x.pow(3))).tanh())),
        new("GELU by tanh and x*x*x", (x, _, gate) => 0.5 * x * gate(1 + (Root * (x + 0.044715 * x * x * x)).tanh())),
        new("GELU, tanh factored", (x, _, gate) => x * gate(0.5 * (1 + (Root * x * (1 + 0.044715 * x * x)).tanh()))),
        new("GELU by erf", (x, _, gate) => x * gate(0.5 * (1 + (x / Math.Sqrt(2)).erf()))),
        new("GELU by erf, half of x", (x, _, gate) => x * 0.5 * gate(1.0 + (x / Math.Sqrt(2)).erf())),
        new("GELU by erf, halved last", (x, _, gate) => x * gate(1.0 + (x / Math.Sqrt(2)).erf()) / 2),
        new("GELU by sigmoid", (x, _, gate) => x * gate((1.702 * x).sigmoid())),
        new("SiLU", (x, _, gate) => x * gate(x.sigmoid())),
        new("SiLU, gate first", (x, _, gate) => gate(x.sigmoid()) * x),
        new("SiLU by division", (x, _, gate) => x / gate(1 + (-x).exp())),
        new("SiLU by a reciprocal", (x, _, gate) => x * gate(1 / (1 + (-x).exp()))),
        new("SiLU in place", (x, _, gate) => x.clone().mul_(gate(x.sigmoid()))),
        new("Swish with a weight", (x, w, gate) => x * gate((w * x).sigmoid())),
        new("Mish", (x, _, gate) => x * gate(nn.functional.softplus(x).tanh())),
        new("Mish by log and exp", (x, _, gate) => x * gate((1 + x.exp()).log().tanh())),
        new("hardswish", (x, _, gate) => x * gate(nn.functional.relu6(x + 3)) / 6),
        new("hardswish by clamp", (x, _, gate) => x * gate((x + 3).clamp(0, 6) / 6)),
        new("hardswish by hardsigmoid", (x, _, gate) => x * gate(nn.functional.hardsigmoid(x))),
        new("softsign", (x, _, gate) => x / gate(1 + x.abs())),
        new("tanh exponential", (x, _, gate) => x * gate(x.exp().tanh())),
        new(
            "SiLU in float32",
            (x, _, gate) =>
            {
                var half = x.to(ScalarType.Float16);
                var single = half.to(ScalarType.Float32);
                return (single * gate(single.sigmoid())).to(ScalarType.Float16).to(ScalarType.Float64);
            }
        ),
    ];

    private static double Root => Math.Sqrt(2 / Math.PI);

    /// <summary>All of them.</summary>
    public static IEnumerable<HandWritten> All => [.. RootMeanSquareNorms, .. LayerNorms, .. Activations];

    /// <summary>As a model writes it.</summary>
    /// <param name="x">Any shape, Float64; the last dimension has the features.</param>
    /// <param name="weight">One entry for each feature, Float64.</param>
    public Tensor Written(Tensor x, Tensor weight) => Form(x, weight, factor => factor);

    /// <summary>With a gate that is a constant for gradients.</summary>
    /// <param name="x">Any shape, Float64; the last dimension has the features.</param>
    /// <param name="weight">One entry for each feature, Float64.</param>
    public Tensor Gated(Tensor x, Tensor weight) => Form(x, weight, factor => factor.detach());

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static Tensor Centred(Tensor x) => x - x.mean([-1], true);

    /// <summary>Weights and activations in half precision; the norm in float32.</summary>
    private static Tensor Half(Tensor x, Tensor weight, Func<Tensor, Tensor> gate, ScalarType type)
    {
        var hidden = x.to(type);
        var single = hidden.to(ScalarType.Float32);
        var factor = gate((single.pow(2).mean([-1], keepdim: true) + Eps).rsqrt());
        return (weight.to(type) * (single * factor).to(type)).to(ScalarType.Float64);
    }
}
