using Lrp.Core;
using Lrp.Rules.FunctionRules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Rules.Modules;

/// <summary>softmax(x / T) as a module; by itself with the rule of <see cref="Relevance.softmax"/>.</summary>
public sealed class Softmax(long dim, double temperature = 1)
    : nn.Module<Tensor, Tensor>(nameof(Softmax)),
        INeedsNoInterception
{
    /// <summary>
    /// Whether it has its own rule only while a composite is registered, and the plain gradient otherwise.
    /// </summary>
    public bool OnlyWhileRegistered { get; init; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        if (FunctionModule.HasOwnRule(this, OnlyWhileRegistered))
        {
            return Relevance.softmax(input, dim, temperature: temperature);
        }

        return (temperature == 1 ? input : input.div(temperature)).softmax(dim);
    }
}

/// <summary>
/// Layer normalization without weights as a module; by itself with the rule of <see cref="Relevance.layer_norm"/>.
/// </summary>
/// <remarks>For one with weights give TorchSharp's own module a rule by a composite.</remarks>
public sealed class LayerNorm(long[] normalizedShape, double eps = 1e-5, Stabilizer? epsilon = null)
    : nn.Module<Tensor, Tensor>(nameof(LayerNorm))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) =>
        FunctionModule.HasOwnRule(this)
            ? Relevance.layer_norm(input, normalizedShape, eps: eps, epsilon: epsilon)
            : nn.functional.layer_norm(input, normalizedShape, eps: eps);
}

/// <summary>
/// Root mean square normalization as a module; by itself with the rule of <see cref="Relevance.rms_norm"/>.
/// </summary>
public sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly long[] _shape;
    private readonly double _eps;

    [ComponentName(Name = "weight")]
    private readonly TorchSharp.Modules.Parameter _weight;

    /// <summary>Creates the module with weights of 1.</summary>
    /// <param name="normalizedShape">The sizes of the last dimensions, over which it normalizes.</param>
    /// <param name="eps">Added to the mean square.</param>
    public RmsNorm(long[] normalizedShape, double eps = 1e-6)
        : base(nameof(RmsNorm))
    {
        _shape = normalizedShape;
        _eps = eps;
        _weight = new TorchSharp.Modules.Parameter(ones(normalizedShape));
        RegisterComponents();
    }

    /// <summary>The factor of each entry, of the normalized shape.</summary>
    public TorchSharp.Modules.Parameter Weight => _weight;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) =>
        FunctionModule.HasOwnRule(this)
            ? Relevance.rms_norm(input, _shape, Weight, _eps)
            : Relevance.RmsNormalized(input, _shape, Weight, _eps);
}

/// <summary>x / max(‖x‖, eps) as a module; by itself with the rule of <see cref="Relevance.normalize"/>.</summary>
public sealed class Normalize(double p = 2, long dim = 1, double eps = 1e-12)
    : nn.Module<Tensor, Tensor>(nameof(Normalize))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) =>
        FunctionModule.HasOwnRule(this)
            ? Relevance.normalize(input, p, dim, eps)
            : nn.functional.normalize(input, p, dim, eps);
}
