using Lrp.Core;
using Lrp.Rules.FunctionRules;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Rules.Modules;

/// <summary>
/// Layer normalization over features, with weight and bias. Unlike TorchSharp's own module it also takes features that
/// come before height and width, and says what a rule needs to know.
/// </summary>
/// <remarks>
/// By itself, while a composite is registered, it has the rule of <see cref="Relevance.layer_norm"/>; otherwise its
/// plain gradient. Its state dict is that of torch's LayerNorm.
/// </remarks>
public sealed class AffineLayerNorm : nn.Module<Tensor, Tensor>, INeedsNoInterception
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter _bias;

    /// <summary>Creates the module with weights of 1 and biases of 0.</summary>
    /// <param name="features">The number of features.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="channelsFirst">
    /// Whether features are the second dimension, as in an image N × C × H × W, and not the last.
    /// </param>
    public AffineLayerNorm(long features, double eps = 1e-5, bool channelsFirst = false)
        : base(nameof(AffineLayerNorm))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(features);
        Features = features;
        Eps = eps;
        ChannelsFirst = channelsFirst;
        _weight = new Parameter(ones(features));
        _bias = new Parameter(zeros(features));
        RegisterComponents();
    }

    /// <summary>The number of features.</summary>
    public long Features { get; }

    /// <summary>Added to the variance.</summary>
    public double Eps { get; }

    /// <summary>Whether features are the second dimension and not the last.</summary>
    public bool ChannelsFirst { get; }

    /// <summary>The factor of each feature.</summary>
    public Parameter Weight => _weight;

    /// <summary>Added to each feature.</summary>
    public Parameter Bias => _bias;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        if (!ChannelsFirst)
        {
            return Normalized(input);
        }

        long[] last = [0, .. Enumerable.Range(2, (int)input.dim() - 2).Select(k => (long)k), 1];
        long[] second = [0, input.dim() - 1, .. Enumerable.Range(1, (int)input.dim() - 2).Select(k => (long)k)];
        return Normalized(input.permute(last)).permute(second);
    }

    private Tensor Normalized(Tensor input) =>
        FunctionModule.HasOwnRule(this, onlyWhileRegistered: true)
            ? Relevance.layer_norm(input, [Features], _weight, _bias, Eps)
            : nn.functional.layer_norm(input, [Features], _weight, _bias, Eps);
}
