using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>The input, as a new tensor over the same storage.</summary>
public sealed class Identity : ParameterLessModule<Tensor, Tensor>
{
    internal Identity() : base(nameof(Identity))
    {
    }

    public override Tensor forward(Tensor tensor) => tensor.alias();
}
