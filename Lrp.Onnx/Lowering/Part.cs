using static TorchSharp.torch;

namespace Lrp.Onnx.Lowering;

/// <summary>One step of the model: a module, or arithmetic of shapes and masks, which needs none.</summary>
/// <param name="Name">The name of the module.</param>
/// <param name="Module">The module; null for numbers.</param>
/// <param name="Run">Computes the outputs.</param>
/// <param name="Inputs">The names of the values that it is given.</param>
/// <param name="Outputs">The names of the values that it computes.</param>
internal sealed record Part(
    string Name,
    nn.Module? Module,
    Func<Tensor?[], Tensor?[]> Run,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs
)
{
    /// <summary>The dimension of a layer's channels or features; negative counts from the end.</summary>
    public int FeatureAxis { get; init; } = 1;

    /// <summary>A module of one tensor.</summary>
    public static Part Of(string name, nn.Module<Tensor, Tensor> module, string input, string output) =>
        new(name, module, given => [module.call(given[0]!)], [input], [output]);
}
