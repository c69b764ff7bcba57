using Lrp.Models.Layers;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>The points of a stack at which relevance is read, in one forward pass.</summary>
internal sealed class StackPoints(bool isRelevance) : IDisposable
{
    public TappedTensors Words { get; } = new(isRelevance);

    /// <summary>How often the last block was called, which may be the block of several passes.</summary>
    public int CallsOfLastBlock { get; set; }

    public TappedTensors Latents { get; } = new(isRelevance);

    public TappedTensors Heads { get; } = new(isRelevance);

    public TappedTensors CrossHeads { get; } = new(isRelevance);

    /// <summary>For each block with experts its number, their number, their tokens and weighted outputs.</summary>
    public List<(int Block, int Count, ExpertTokens Tokens, TappedTensors Outputs)> Experts { get; } = [];

    /// <summary>What a backward pass has brought.</summary>
    /// <remarks>Points may share a tensor, so gradients stay until all are read.</remarks>
    public StackRelevance Read()
    {
        var relevance = new StackRelevance(Words.Read(0).DetachFromDisposeScope())
        {
            Latents = Sums(Latents),
            Heads = Sums(Heads),
            CrossHeads = Sums(CrossHeads),
            Experts = Experts.ToDictionary(
                entry => entry.Block,
                entry => OfExperts(entry.Count, entry.Tokens, entry.Outputs)
            ),
        };
        foreach (var tensors in All)
        {
            tensors.Clear();
        }

        return relevance;
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensors in All)
        {
            tensors.Dispose();
        }

        foreach (var (_, _, tokens, _) in Experts)
        {
            tokens.Rows.ForEach(rows => rows.Dispose());
        }
    }

    private IEnumerable<TappedTensors> All =>
        Experts.Select(entry => entry.Outputs).Concat([Words, Latents, Heads, CrossHeads]);

    public TappedTensors NewTensors() => new(isRelevance);

    private static List<Tensor> Sums(TappedTensors tensors) =>
        [.. Enumerable.Range(0, tensors.Count).Select(k => tensors.ReadSum(k).DetachFromDisposeScope())];

    private Tensor OfExperts(int count, ExpertTokens tokens, TappedTensors outputs)
    {
        using var scope = NewDisposeScope();
        Tensor? relevance = null;
        for (var k = 0; k < outputs.Count; k++)
        {
            var sums = outputs.ReadSum(k);
            relevance ??= zeros(tokens.Count, count, dtype: sums.dtype, device: sums.device);
            relevance.select(1, tokens.Experts[k]).index_copy_(0, tokens.Rows[k], sums);
        }

        var shape = Words.Shape;
        return relevance!.view(shape[0], shape[1], count).DetachFromDisposeScope();
    }
}
