using static TorchSharp.torch;

namespace Lrp.Onnx.Modules;

/// <summary>Modules whose names have a beginning in common.</summary>
internal sealed class Scope(string name) : nn.Module(name);
