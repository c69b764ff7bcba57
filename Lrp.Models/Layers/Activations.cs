using Lrp.Rules;
using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>Activations by the names that configurations use.</summary>
internal static class Activations
{
    private static readonly Dictionary<string, Func<nn.Module<Tensor, Tensor>>> ByName = new(StringComparer.Ordinal)
    {
        ["gelu"] = () => nn.GELU(),
        ["gelu_python"] = () => nn.GELU(),
        ["gelu_new"] = TanhGelu,
        ["gelu_fast"] = TanhGelu,
        ["gelu_pytorch_tanh"] = TanhGelu,
        ["gelu_accurate"] = TanhGelu,
        ["quick_gelu"] = () => new QuickGelu(),
        ["relu"] = () => nn.ReLU(),
        ["relu6"] = () => nn.ReLU6(),
        ["leaky_relu"] = () => nn.LeakyReLU(0.01),
        ["mish"] = () => nn.Mish(),
        ["silu"] = () => nn.SiLU(),
        ["swish"] = () => nn.SiLU(),
        ["sigmoid"] = () => nn.Sigmoid(),
        ["tanh"] = () => nn.Tanh(),
    };

    /// <summary>A new module for an activation.</summary>
    /// <exception cref="NotSupportedException">The name is not known.</exception>
    public static nn.Module<Tensor, Tensor> Create(string name) =>
        ByName.TryGetValue(name, out var create)
            ? create()
            : throw new NotSupportedException(
                $"The activation '{name}' is not known; those that are: {string.Join(", ", ByName.Keys)}."
            );

    private static nn.Module<Tensor, Tensor> TanhGelu() => nn.GELU(TorchSharp.Modules.GELU.Approximate.tanh);
}

/// <summary>x·σ(1.702·x), an approximation of GELU, as a module.</summary>
public sealed class QuickGelu() : nn.Module<Tensor, Tensor>(nameof(QuickGelu)), IActivation
{
    /// <summary>The activated values.</summary>
    /// <param name="input">A tensor.</param>
    /// <returns>A tensor of the same shape.</returns>
    public override Tensor forward(Tensor input)
    {
        using var scaled = input.mul(1.702);
        using var gate = scaled.sigmoid();
        return input.mul(gate);
    }
}
