using Lrp.Onnx.Kernels;
using Lrp.Onnx.Modules;

namespace Lrp.Onnx.Lowering;

/// <summary>Parts of blocks of nodes.</summary>
internal static class Parts
{
    public static Part Of(string name, GraphModule module, Block block) =>
        new(name, module, module.call, block.Inputs, block.Outputs);
}
