using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>The points of a stack at which relevance is read, in one forward pass.</summary>
/// <param name="isRelevance">Whether what arrives is relevance itself, else a gradient.</param>
/// <param name="recomputesBlocks">Whether blocks run again in the backward pass: only then are there parts.</param>
internal sealed class StackPoints(bool isRelevance, bool recomputesBlocks) : IDisposable
{
    /// <summary>Relevance of parts of blocks that ran again, the last block first.</summary>
    private readonly List<BlockParts> _read = [];

    public TappedTensors Words { get; } = new(isRelevance);

    /// <summary>How often the last block was called, which may be the block of several passes.</summary>
    public int CallsOfLastBlock { get; set; }

    public TappedTensors Latents { get; } = new(isRelevance);

    /// <summary>Parts of all blocks, or of the block that ran again last.</summary>
    public PartPoints Parts { get; } = new(isRelevance);

    /// <summary>A block begins. If it runs again, the one that did so before it has its relevance by now.</summary>
    public void BeginBlock()
    {
        if (recomputesBlocks && Parts.HasAny)
        {
            ReadParts();
        }
    }

    /// <summary>What a backward pass has brought.</summary>
    /// <remarks>Points may share a tensor, so gradients stay until all are read.</remarks>
    public StackRelevance Read()
    {
        ReadParts();
        _read.Reverse();
        var relevance = new StackRelevance(Words.Read(0).DetachFromDisposeScope())
        {
            Latents = Latents.ReadSums(),
            Heads = [.. _read.SelectMany(parts => parts.Heads)],
            CrossHeads = [.. _read.SelectMany(parts => parts.CrossHeads)],
            Neurons = Neurons(),
            Experts = _read.SelectMany(parts => parts.Experts).ToDictionary(),
        };
        _read.Clear();
        Forget();
        return relevance;
    }

    /// <summary>Forgets what a backward pass has brought, so that another one may bring its own.</summary>
    public void Forget()
    {
        _read.ForEach(parts => parts.Dispose());
        _read.Clear();
        Words.Clear();
        Latents.Clear();
        Parts.Clear();
        if (recomputesBlocks)
        {
            Parts.Dispose();
        }
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        _read.ForEach(parts => parts.Dispose());
        Words.Dispose();
        Latents.Dispose();
        Parts.Dispose();
    }

    /// <summary>Where passes share a block, its neurons have the sum.</summary>
    private Dictionary<int, Tensor> Neurons()
    {
        var sums = new Dictionary<int, Tensor>();
        foreach (var (block, relevance) in _read.SelectMany(parts => parts.Neurons))
        {
            if (sums.TryAdd(block, relevance))
            {
                continue;
            }

            sums[block].add_(relevance);
            relevance.Dispose();
        }

        return sums;
    }

    private void ReadParts()
    {
        _read.Add(Parts.Read(Words.Shape));
        if (recomputesBlocks)
        {
            Parts.Dispose();
        }
    }
}
