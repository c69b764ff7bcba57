using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Composites.Canonizers;

/// <summary>
/// One batch normalisation merged into the layers before it: with s = γ/√(σ² + ε), w' = s·w and b' = s·(b − μ) + β.
/// </summary>
/// <remarks>
/// Values are changed in the parameters' own memory, so parameters stay the same objects, and put back from copies.
/// What the user has changed in the meantime, by <c>load_state_dict</c> for instance, is kept.
/// </remarks>
internal sealed class BatchNormMerge : IDisposable
{
    private readonly List<MergedValue> _layers = [];
    private readonly List<MergedValue> _ofNorm = [];
    private readonly List<nn.Module> _givenBias = [];
    private readonly BatchNorm _norm;
    private readonly double _epsilon;

    public BatchNormMerge(IReadOnlyList<nn.Module> linears, BatchNorm norm, string name)
    {
        ThrowIfOfEachBatch(norm, name);

        _norm = norm;
        _epsilon = norm.eps;
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        try
        {
            var deviation = norm.running_var!.add(norm.eps).sqrt();
            var scale = (norm.affine ? norm.weight.div(deviation) : deviation.reciprocal()).clone();
            foreach (var linear in linears)
            {
                Merge(linear, scale);
            }

            _ofNorm.Add(new MergedValue(() => norm.running_mean!, values => zeros_like(values)));
            _ofNorm.Add(new MergedValue(() => norm.running_var!, values => ones_like(values)));
            if (norm.affine)
            {
                _ofNorm.Add(new MergedValue(() => norm.weight, values => ones_like(values)));
                _ofNorm.Add(new MergedValue(() => norm.bias!, values => zeros_like(values)));
            }

            norm.eps = 0;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// Fails where a normalisation uses the statistics of each batch, so that no weights stand for it.
    /// </summary>
    /// <exception cref="InvalidOperationException">It does; the message names it and the remedy.</exception>
    public static void ThrowIfOfEachBatch(BatchNorm norm, string name)
    {
        if (norm.training || norm.running_mean is null || norm.running_var is null)
        {
            throw new InvalidOperationException(
                $"Batch normalisation '{name}' uses the statistics of each batch, so it cannot be merged into a layer. "
                    + "Call eval() on the model first."
            );
        }
    }

    /// <summary>
    /// Lets the merged normalisation divide by √(1 + ε) still, which changes the model's outputs a little.
    /// </summary>
    public void KeepEpsilon() => _norm.eps = _epsilon;

    /// <summary>How many output channels or features a linear layer has.</summary>
    public static long Outputs(nn.Module linear) =>
        linear switch
        {
            Convolution convolution => convolution.out_channels,
            Linear layer => layer.out_features,
            _ => -1,
        };

    public void Dispose()
    {
        using var grad = no_grad();
        var normIsChanged = _ofNorm.Exists(value => value.IsChanged());
        var layersAreChanged = _layers.Exists(value => value.IsChanged());
        if (!normIsChanged && !layersAreChanged)
        {
            _layers.Concat(_ofNorm).ToList().ForEach(value => value.PutBack());
        }

        // Layers that were trained while merged go with a normalization that is the identity; together they are the
        // model.
        if (normIsChanged || !layersAreChanged)
        {
            _givenBias.ForEach(linear => SetBias(linear, null));
            _norm.eps = _epsilon;
        }

        _layers.Concat(_ofNorm).ToList().ForEach(value => value.Dispose());
        _layers.Clear();
        _ofNorm.Clear();
        _givenBias.Clear();
    }

    private static void SetBias(nn.Module linear, Parameter? bias)
    {
        if (linear is Convolution convolution)
        {
            convolution.bias = bias;
        }
        else
        {
            ((Linear)linear).bias = bias;
        }
    }

    private void Merge(nn.Module linear, Tensor scale)
    {
        var (weight, bias) = linear switch
        {
            Convolution convolution => (convolution.weight, convolution.bias),
            Linear layer => (layer.weight, layer.bias),
            _ => throw new ArgumentException($"A {linear.GetType().Name} is no linear layer."),
        };
        var shift = _norm.running_mean!.mul(scale).neg();
        shift = _norm.affine ? shift.add(_norm.bias!) : shift;
        _layers.Add(
            new MergedValue(() => WeightOf(linear), original => original.mul(Spread(linear, scale, original)), scale)
        );
        if (bias is not null)
        {
            _layers.Add(
                new MergedValue(() => BiasOf(linear)!, original => original.mul(scale).add(shift), scale, shift)
            );
        }
        else
        {
            SetBias(linear, new Parameter(shift.to(weight.dtype).DetachFromDisposeScope(), weight.requires_grad));
            _givenBias.Add(linear);
        }
    }

    private static Parameter WeightOf(nn.Module linear) =>
        linear is Convolution convolution ? convolution.weight : ((Linear)linear).weight!;

    private static Parameter? BiasOf(nn.Module linear) =>
        linear is Convolution convolution ? convolution.bias : ((Linear)linear).bias;

    /// <summary>One factor per output channel, in a shape that broadcasts to the weights.</summary>
    private static Tensor Spread(nn.Module linear, Tensor scale, Tensor weight)
    {
        var spatial = Enumerable.Repeat(1L, (int)weight.dim() - 2).ToArray();
        if (linear is not Convolution { transposed: true } convolution)
        {
            return scale.reshape([-1, 1, .. spatial]);
        }

        // Weights of a transposed convolution are [in, out / groups, …]; input channels are in blocks, one a group.
        var groups = convolution.groups;
        return scale
            .reshape([groups, 1, scale.numel() / groups])
            .expand([groups, weight.shape[0] / groups, scale.numel() / groups])
            .reshape([weight.shape[0], scale.numel() / groups, .. spatial]);
    }
}
