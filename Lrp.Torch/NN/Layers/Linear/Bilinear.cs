using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>yₖ = x₁ᵀ Wₖ x₂ + bₖ, W being (out_features, in1_features, in2_features).</summary>
public sealed class Bilinear : Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = nameof(weight))]
    private Parameter? _weight;

    [ComponentName(Name = nameof(bias))]
    private Parameter? _bias;

    internal Bilinear(long in1_features, long in2_features, long out_features, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(Bilinear))
    {
        this.in1_features = in1_features;
        this.in2_features = in2_features;
        this.out_features = out_features;
        double bound = 1 / Math.Sqrt(in1_features);
        weight = Held.Parameter([out_features, in1_features, in2_features], device, dtype);
        init.uniform_(weight, -bound, bound);
        if (hasBias)
        {
            bias = Held.Parameter([out_features], device, dtype);
            init.uniform_(bias, -bound, bound);
        }
    }

    public long in1_features { get; set; }

    public long in2_features { get; set; }

    public long out_features { get; set; }

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

    public override Tensor forward(Tensor input1, Tensor input2) => functional.bilinear(input1, input2, _weight!, _bias);
}
