using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>x where x &gt; 0, else weight · x, with one learned weight, or one a channel.</summary>
public sealed class PReLU : Module<Tensor, Tensor>
{
    [ComponentName(Name = nameof(weight))]
    private Parameter? _weight;

    internal PReLU(long num_parameters, double init, Device? device, ScalarType? dtype) : base(nameof(PReLU))
    {
        this.num_parameters = num_parameters;
        this.init = init;
        weight = Held.Parameter([num_parameters], device, dtype);
        nn.init.constant_(weight, init);
    }

    public long num_parameters { get; private set; }

    public double init { get; private set; }

    public Parameter weight
    {
        get => _weight!;
        set => ConditionallyRegisterParameter(nameof(weight), Held.Replace(ref _weight, value));
    }

    public override Tensor forward(Tensor tensor) => functional.prelu(tensor, weight);
}
