using Lrp.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>A rule that changes the gradient of an activation.</summary>
public abstract class ActivationRule : BackwardRule
{
    /// <summary>
    /// The module types that are activations: one tensor to one of the same shape, element by element.
    /// </summary>
    public static IReadOnlyList<Type> ModuleTypes { get; } =
    [
        typeof(CELU),
        typeof(ELU),
        typeof(GELU),
        typeof(Hardshrink),
        typeof(Hardsigmoid),
        typeof(Hardswish),
        typeof(Hardtanh),
        typeof(LeakyReLU),
        typeof(LogSigmoid),
        typeof(Mish),
        typeof(PReLU),
        typeof(ReLU),
        typeof(ReLU6),
        typeof(RReLU),
        typeof(SELU),
        typeof(SiLU),
        typeof(Sigmoid),
        typeof(Softplus),
        typeof(Softshrink),
        typeof(Softsign),
        typeof(Tanh),
        typeof(Tanhshrink),
        typeof(Threshold),
        typeof(IActivation),
    ];

    /// <summary>Whether a module is an activation: one tensor to one of the same shape, element by element.</summary>
    /// <param name="module">The module.</param>
    /// <returns>True for the types of <see cref="ModuleTypes"/> and what derives from them.</returns>
    public static bool IsActivation(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return ModuleTypes.Any(type => type.IsInstanceOfType(module));
    }

    /// <inheritdoc/>
    internal override bool Conserves => false;

    /// <inheritdoc/>
    public override string? Validate(nn.Module module) =>
        IsActivation(module) ? null : "it changes the gradient of activations such as ReLU.";
}
