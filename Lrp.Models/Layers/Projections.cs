using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>
/// Layers of torch whose parameters are not filled and require no gradient: a checkpoint is read into them, and filling
/// them at random first would take longer than reading it.
/// </summary>
internal static class Projections
{
    /// <summary>x·wᵀ + b.</summary>
    public static Linear Linear(long inputs, long outputs, bool hasBias, ScalarType dtype) =>
        nn.Linear(
            new Parameter(empty(outputs, inputs, dtype: dtype), requires_grad: false),
            hasBias ? new Parameter(empty(outputs, dtype: dtype), requires_grad: false) : null
        );

    /// <summary>A table of rows.</summary>
    public static Embedding Embedding(long rows, long size, ScalarType dtype) => With(empty(rows, size, dtype: dtype));

    /// <summary>A module of its own with the table of another.</summary>
    public static Embedding Sharing(Embedding other) => With(other.weight!.alias());

    private static Embedding With(Tensor table)
    {
        // Given to the constructor, the table would be copied, and become float32.
        var embedding = nn.Embedding(1, 1);
        embedding.weight = new Parameter(table, requires_grad: false);
        return embedding;
    }
}
