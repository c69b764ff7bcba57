using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>How the output of an embedding lies beside the argument that it looked up.</summary>
internal enum EmbeddingLayout
{
    /// <summary>As the argument, or as that argument in another shape with the same order of its entries.</summary>
    AsArgument,

    /// <summary>The model has the tokens along the first dimension and the samples along the second.</summary>
    Transposed,

    /// <summary>The embedding looked up something else: a column of the argument, or positions.</summary>
    Own,
}

/// <summary>A tensor that gets relevance: an argument of the model, or the output of an embedding in it.</summary>
/// <param name="Name">The argument's name or position, or the embedding's name.</param>
/// <param name="Argument">
/// The position of the argument; -1 for an embedding of something else, such as positions.
/// </param>
/// <param name="Call">Which call of an embedding in the pass it is; -1 for an argument.</param>
/// <param name="Layout">How the embedding's output lies.</param>
/// <param name="IsShared">Whether all samples share it, so that its first dimension is not the samples.</param>
internal sealed record ExplainedInput(
    string Name,
    int Argument,
    int Call = -1,
    EmbeddingLayout Layout = EmbeddingLayout.AsArgument,
    bool IsShared = false
)
{
    public bool IsEmbedding => Call >= 0;

    /// <summary>The embedding's output, or the ids, with the samples first.</summary>
    /// <param name="value">As the model has it.</param>
    /// <param name="argument">The shape of the argument, and for an output one dimension more.</param>
    public Tensor FromModel(Tensor value, long[] argument) =>
        Layout switch
        {
            EmbeddingLayout.Transposed => value.transpose(0, 1),
            EmbeddingLayout.AsArgument => value.reshape(argument),
            _ => value,
        };

    /// <summary>The inverse of <see cref="FromModel"/>.</summary>
    /// <param name="value">With the samples first.</param>
    /// <param name="output">The shape that the model expects.</param>
    public Tensor ToModel(Tensor value, long[] output) =>
        Layout == EmbeddingLayout.Transposed ? value.transpose(0, 1) : value.reshape(output);
}

/// <summary>One call of an embedding in a pass.</summary>
/// <param name="Name">The embedding's name.</param>
/// <param name="Ids">What it looked up.</param>
/// <param name="Table">Its table, [vocabulary, dim].</param>
/// <param name="Value">Its output, or what stood in its place.</param>
internal sealed record EmbeddingNote(string Name, Tensor Ids, Tensor Table, Tensor Value) : IDisposable
{
    public void Dispose()
    {
        Ids.Dispose();
        Table.Dispose();
        Value.Dispose();
    }
}
