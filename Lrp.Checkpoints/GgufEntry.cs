using Lrp.Checkpoints.Gguf;
using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>One tensor of a GGUF file, as the file's table describes it.</summary>
internal sealed class GgufEntry(GgufTensor tensor)
    : CheckpointEntry(tensor.Name, tensor.Type.Name, tensor.Type.Stored ?? ScalarType.Float32, tensor.Shape)
{
    public GgufTensor Tensor => tensor;

    public override long ByteLength => tensor.Bytes;
}
