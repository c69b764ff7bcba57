using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Composites.Canonizers;

/// <summary>
/// One batch normalisation merged into the layers before it: with s = γ/√(σ² + ε), w' = s·w and b' = s·(b − μ) + β.
/// </summary>
/// <remarks>
/// Values are changed in the parameters' own memory, so parameters stay the same objects, and put back from copies.
/// </remarks>
internal sealed class BatchNormMerge : IDisposable
{
    private readonly List<(Tensor Target, Tensor Original)> _saved = [];
    private readonly List<nn.Module> _givenBias = [];
    private readonly BatchNorm _norm;
    private readonly double _epsilon;

    public BatchNormMerge(IReadOnlyList<nn.Module> linears, BatchNorm norm, string name, bool keepEpsilon)
    {
        if (norm.training || norm.running_mean is null || norm.running_var is null)
        {
            throw new InvalidOperationException(
                $"Batch normalisation '{name}' uses the statistics of each batch, so it cannot be merged into a layer. "
                    + "Call eval() on the model first."
            );
        }

        _norm = norm;
        _epsilon = norm.eps;
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        try
        {
            var deviation = norm.running_var.add(norm.eps).sqrt();
            var scale = norm.affine ? norm.weight.div(deviation) : deviation.reciprocal();
            foreach (var linear in linears)
            {
                Merge(linear, scale);
            }

            Replace(norm.running_mean, zeros_like(norm.running_mean));
            Replace(norm.running_var, ones_like(norm.running_var));
            if (norm.affine)
            {
                Replace(norm.weight, ones_like(norm.weight));
                Replace(norm.bias!, zeros_like(norm.bias!));
            }

            if (!keepEpsilon)
            {
                norm.eps = 0;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

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
        foreach (var (target, original) in _saved)
        {
            target.copy_(original);
            original.Dispose();
        }

        _saved.Clear();
        foreach (var linear in _givenBias)
        {
            SetBias(linear, null);
        }

        _givenBias.Clear();
        _norm.eps = _epsilon;
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
        var zero = zeros_like(_norm.running_mean!);
        var merged = (bias ?? zero).sub(_norm.running_mean!).mul(scale);
        if (_norm.affine)
        {
            merged = merged.add(_norm.bias!);
        }

        Replace(weight, weight.mul(Spread(linear, scale, weight)));
        if (bias is not null)
        {
            Replace(bias, merged);
        }
        else
        {
            SetBias(linear, new Parameter(merged.to(weight.dtype).DetachFromDisposeScope(), weight.requires_grad));
            _givenBias.Add(linear);
        }
    }

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

    private void Replace(Tensor target, Tensor values)
    {
        _saved.Add((target, target.detach().clone().DetachFromDisposeScope()));
        target.copy_(values);
    }
}
