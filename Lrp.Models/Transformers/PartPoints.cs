using Lrp.Models.Layers;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>The points inside blocks at which relevance of heads, neurons and experts is read.</summary>
/// <param name="isRelevance">Whether what arrives is relevance itself, else a gradient.</param>
internal sealed class PartPoints(bool isRelevance) : IDisposable
{
    private readonly List<int> _neuronBlocks = [];
    private readonly TappedTensors _neurons = new(isRelevance);
    private readonly List<(int Block, int Count, ExpertTokens Tokens, TappedTensors Outputs)> _experts = [];

    public TappedTensors Heads { get; } = new(isRelevance);

    public TappedTensors CrossHeads { get; } = new(isRelevance);

    /// <summary>Whether a part was noted.</summary>
    public bool HasAny => All.Any(tensors => tensors.Count > 0);

    /// <summary>Notes the neurons of a block.</summary>
    /// <param name="block">The number of the block.</param>
    /// <param name="neurons">B × T × N.</param>
    public void AddNeurons(int block, Tensor neurons)
    {
        _neuronBlocks.Add(block);
        _neurons.Add(neurons);
    }

    /// <summary>Notes the experts of a block.</summary>
    /// <param name="block">The number of the block.</param>
    /// <param name="count">How many experts it has.</param>
    /// <param name="tokens">Which tokens which of them has.</param>
    /// <param name="outputs">The weighted outputs of those that have any.</param>
    public void AddExperts(int block, int count, ExpertTokens tokens, IEnumerable<Tensor> outputs)
    {
        var tapped = new TappedTensors(isRelevance);
        foreach (var output in outputs)
        {
            tapped.Add(output);
        }

        tokens.Rows.ForEach(rows => rows.DetachFromDisposeScope());
        _experts.Add((block, count, tokens, tapped));
    }

    /// <summary>What a backward pass has brought; the gradients stay.</summary>
    /// <param name="shape">The shape of the words' vectors, B × T × D.</param>
    public BlockParts Read(long[] shape) =>
        new()
        {
            Heads = Heads.ReadSums(),
            CrossHeads = CrossHeads.ReadSums(),
            Neurons = _neuronBlocks
                .Select((block, k) => KeyValuePair.Create(block, _neurons.Read(k).DetachFromDisposeScope()))
                .ToList(),
            Experts = _experts
                .Select(entry =>
                    KeyValuePair.Create(entry.Block, OfExperts(shape, entry.Count, entry.Tokens, entry.Outputs))
                )
                .ToList(),
        };

    /// <summary>Takes the gradients off, so that another backward pass may bring its own.</summary>
    public void Clear()
    {
        foreach (var tensors in All)
        {
            tensors.Clear();
        }
    }

    /// <summary>Frees the tensors; new ones may be noted afterwards.</summary>
    public void Dispose()
    {
        foreach (var tensors in All)
        {
            tensors.Dispose();
        }

        _experts.ForEach(entry => entry.Tokens.Rows.ForEach(rows => rows.Dispose()));
        _experts.Clear();
        _neuronBlocks.Clear();
    }

    private IEnumerable<TappedTensors> All => [Heads, CrossHeads, _neurons, .. _experts.Select(entry => entry.Outputs)];

    private static Tensor OfExperts(long[] shape, int count, ExpertTokens tokens, TappedTensors outputs)
    {
        using var scope = NewDisposeScope();
        Tensor? relevance = null;
        for (var k = 0; k < outputs.Count; k++)
        {
            var sums = outputs.ReadSum(k);
            relevance ??= zeros(tokens.Count, count, dtype: sums.dtype, device: sums.device);
            relevance.select(1, tokens.Experts[k]).index_copy_(0, tokens.Rows[k], sums);
        }

        return relevance!.view(shape[0], shape[1], count).DetachFromDisposeScope();
    }
}

/// <summary>Relevance of the parts of some blocks, in the order in which the blocks ran.</summary>
internal sealed class BlockParts : IDisposable
{
    public required IReadOnlyList<Tensor> Heads { get; init; }

    public required IReadOnlyList<Tensor> CrossHeads { get; init; }

    public required IReadOnlyList<KeyValuePair<int, Tensor>> Neurons { get; init; }

    public required IReadOnlyList<KeyValuePair<int, Tensor>> Experts { get; init; }

    public void Dispose()
    {
        foreach (var tensor in Heads.Concat(CrossHeads).Concat(Neurons.Concat(Experts).Select(entry => entry.Value)))
        {
            tensor.Dispose();
        }
    }
}
