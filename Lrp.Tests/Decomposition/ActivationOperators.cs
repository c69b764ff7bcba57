using static Lrp.Tests.Decomposition.NetworkOperator;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Decomposition;

/// <summary>Functions of one element, and softmax.</summary>
internal static class ActivationOperators
{
    public static IReadOnlyList<NetworkOperator> All { get; } =
    [
        Function("relu", x => F.relu(x)),
        Function("gelu", x => F.gelu(x)),
        Function("tanh", x => x.tanh()),
        Function("sigmoid", x => x.sigmoid()),
        Function("silu", x => F.silu(x)),
        Function("elu", x => F.elu(x, 1.0)),
        Function("selu", x => F.selu(x)),
        Function("celu", x => F.celu(x, 1.2)),
        Function("leaky_relu", x => F.leaky_relu(x, 0.1)),
        Function("relu6", x => F.relu6(x)),
        Function("hardtanh", x => F.hardtanh(x)),
        Function("hardswish", x => F.hardswish(x)),
        Function("hardsigmoid", x => F.hardsigmoid(x)),
        Function("softplus", x => F.softplus(x)),
        Function("mish", x => F.mish(x)),
        Function("softsign", x => F.softsign(x)),
        Function("tanhshrink", x => F.tanhshrink(x)),
        Function("softshrink", x => F.softshrink(x)),
        Function("hardshrink", x => F.hardshrink(x)),
        Function("logsigmoid", x => F.logsigmoid(x)),
        Function("exp", x => (x * 0.3).exp()),
        Function("square", x => x.square()),
        Function("abs", x => x.abs()),
        Function("sqrt", x => (x.abs() + 0.5).sqrt()),
        Function("clamp", x => x.clamp(-0.7, 0.9)),
        Function("sin", x => x.sin()),
        Function("erf", x => x.erf()),
        Function("relu_", x => (x * 1.5).relu_()),
        Function("softmax", x => x.softmax(-1)),
        Function("log_softmax", x => F.log_softmax(x, -1)),
    ];
}
