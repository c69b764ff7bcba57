using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>A rule that changes the gradient of a ReLU or of an activation like it.</summary>
/// <remarks>
/// Like a ReLU are the activations that return a positive input as it is, at most up to a bound, and multiply a
/// negative one by zero or by a slope: ReLU, ReLU6, LeakyReLU, PReLU and RReLU. Smooth activations, such as GELU and
/// SiLU, are none of them: nothing in them is switched off. Of functions that a <c>forward</c> calls, only <c>relu</c>
/// is.
/// </remarks>
public abstract class RectifierRule : ActivationRule
{
    /// <summary>The module types that count as ReLU-like.</summary>
    public static IReadOnlyList<Type> RectifierTypes { get; } =
    [typeof(ReLU), typeof(ReLU6), typeof(LeakyReLU), typeof(PReLU), typeof(RReLU)];

    /// <inheritdoc/>
    public override string? Validate(nn.Module module) =>
        RectifierTypes.Any(type => type.IsInstanceOfType(module))
            ? null
            : $"it changes the gradient of ReLUs ({string.Join(", ", RectifierTypes.Select(type => type.Name))}), "
                + "which "
                + "switch off negative inputs. Use Pass, or null to keep the plain gradient.";

    /// <summary>The rule for <c>relu</c> as a function.</summary>
    /// <param name="input">What the function was given.</param>
    /// <param name="relevance">What arrives at its value.</param>
    /// <returns>What goes on to the input, of its shape.</returns>
    internal virtual Tensor OfFunction(Tensor input, Tensor relevance) =>
        throw new NotSupportedException($"{this} is not defined for relu as a function.");
}
