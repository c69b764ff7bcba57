using static TorchSharp.torch;

namespace Lrp.Onnx;

/// <summary>What a model takes as one of its inputs.</summary>
/// <param name="Name">The input's name.</param>
/// <param name="Type">The element type; null where the file says none.</param>
/// <param name="Shape">Its sizes, -1 for any; null where the file says none.</param>
public sealed record OnnxInput(string Name, ScalarType? Type, IReadOnlyList<long>? Shape);
