using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>y = x Wᵀ + b, W being (out_features, in_features).</summary>
public sealed class Linear : Module<Tensor, Tensor>
{
    [ComponentName(Name = nameof(weight))]
    private Parameter? _weight;

    [ComponentName(Name = nameof(bias))]
    private Parameter? _bias;

    internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Linear))
    {
        in_features = inputSize;
        out_features = outputSize;
        weight = Held.Parameter([outputSize, inputSize], device, dtype);
        init.kaiming_uniform_(weight, Math.Sqrt(5));
        if (hasBias)
        {
            bias = Held.Parameter([outputSize], device, dtype);
            double bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
            init.uniform_(bias, -bound, bound);
        }
    }

    internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.dim() != 2)
        {
            throw new ArgumentException($"Linear: the weight must be (out_features, in_features), got {Held.Shape(weight)}.", nameof(weight));
        }

        in_features = weight.size(1);
        out_features = weight.size(0);
        this.weight = weight;
        if (bias is not null)
        {
            this.bias = bias;
        }
    }

    public long in_features { get; set; }

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

    public override Tensor forward(Tensor tensor) => functional.linear(tensor, _weight!, _bias);
}
