using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>(x − mean) / √(variance + eps) · weight + bias, with statistics of each sample and group of channels of (N, C, …).</summary>
public sealed class GroupNorm : Module<Tensor, Tensor>
{
    [ComponentName(Name = nameof(weight))]
    private Parameter? _weight;

    [ComponentName(Name = nameof(bias))]
    private Parameter? _bias;

    internal GroupNorm(long num_groups, long num_channels, double eps, bool affine, Device? device, ScalarType? dtype)
        : base(nameof(GroupNorm))
    {
        this.num_groups = num_groups;
        this.eps = eps;
        this.affine = affine;
        if (affine)
        {
            weight = Held.Parameter([num_channels], device, dtype);
            bias = Held.Parameter([num_channels], device, dtype);
            init.ones_(weight);
            init.zeros_(bias);
        }
    }

    public long num_groups { get; set; }

    public double eps { get; set; }

    public bool affine { get; set; }

    public Parameter weight
    {
        get => _weight!;
        set => ConditionallyRegisterParameter(nameof(weight), Held.Replace(ref _weight, value));
    }

    public Parameter? bias
    {
        get => _bias;
        set => ConditionallyRegisterParameter(nameof(bias), Held.Replace(ref _bias, value));
    }

    public override Tensor forward(Tensor tensor)
    {
        if (tensor.dim() < 3)
        {
            throw new ArgumentException($"GroupNorm: expected (N, C, …) with at least 3 dimensions, got {Held.Shape(tensor)}.", nameof(tensor));
        }

        return functional.group_norm(tensor, num_groups, _weight, _bias, eps);
    }
}
