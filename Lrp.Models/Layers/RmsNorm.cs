using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>x / √(mean x² + ε) · (offset + w) over the last dimension, as a module (Zhang and Sennrich 2019).</summary>
public sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly double _epsilon;
    private readonly double _offset;

    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    /// <summary>Creates the module with weights that make no difference.</summary>
    /// <param name="size">The size of the last dimension.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="offset">Added to the weights: 0, or 1 where a checkpoint keeps their distance from 1.</param>
    /// <param name="dtype">The element type of the weights.</param>
    public RmsNorm(long size, double epsilon, double offset = 0, ScalarType dtype = ScalarType.Float32)
        : base(nameof(RmsNorm))
    {
        _epsilon = epsilon;
        _offset = offset;
        _weight = new Parameter(full([size], 1 - offset, dtype: dtype), requires_grad: false);
        RegisterComponents();
    }

    /// <summary>The factor of each entry, less the offset.</summary>
    public Parameter Weight => _weight;

    /// <summary>The normalized values.</summary>
    /// <param name="input">… × size.</param>
    /// <returns>A tensor of the same shape.</returns>
    public override Tensor forward(Tensor input)
    {
        using var inverse = InverseNorm(input);
        using var normalized = input.mul(inverse);
        using var factor = Factor();
        return normalized.mul(factor);
    }

    /// <summary>1 / √(mean x² + ε), … × 1; computed in float32 at least.</summary>
    internal Tensor InverseNorm(Tensor input)
    {
        if (input.dtype is not (ScalarType.Float16 or ScalarType.BFloat16))
        {
            return InverseNormOf(input);
        }

        using var wide = input.to_type(ScalarType.Float32);
        using var inverse = InverseNormOf(wide);
        return inverse.to_type(input.dtype);
    }

    /// <summary>offset + w, in a handle of its own.</summary>
    internal Tensor Factor() => _offset == 0 ? Weight.alias() : Weight.add(_offset);

    private Tensor InverseNormOf(Tensor input)
    {
        using var square = input.square();
        using var mean = square.mean([-1], keepdim: true);
        using var shifted = mean.add(_epsilon);
        return shifted.rsqrt();
    }
}
