using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Dropout of whole channels of (N, C, L).</summary>
public sealed class Dropout1d : ParameterLessModule<Tensor, Tensor>
{
    internal Dropout1d(double p, bool inplace) : base(nameof(Dropout1d))
    {
        this.p = p;
        this.inplace = inplace;
    }

    public double p { get; set; }

    public bool inplace { get; set; }

    public override Tensor forward(Tensor tensor)
    {
        if (tensor.dim() != 3)
        {
            throw new ArgumentException($"Dropout1d: expected (N, C, L), got {Held.Shape(tensor)}.", nameof(tensor));
        }

        return functional.dropout1d(tensor, p, training, inplace);
    }
}
