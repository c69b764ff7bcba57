using Lrp.Checkpoints.PyTorch;

namespace Lrp.Checkpoints;

/// <summary>One tensor of a PyTorch file.</summary>
internal sealed class TorchEntry : CheckpointEntry
{
    public TorchEntry(string container, string name, TorchTensor tensor)
        : base(name, tensor.Type.Name, tensor.Type.Type, tensor.Shape)
    {
        Container = container;
        Tensor = tensor;
    }

    public TorchTensor Tensor { get; }

    public override long ByteLength => Tensor.Elements * Tensor.Type.Size;

    internal override string Container { get; }
}
