using Lrp.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Rules.RecurrentRules;

/// <summary>All layers of a module, in one direction or two.</summary>
internal sealed class SequenceRun : IDisposable
{
    private readonly List<DirectionRun[]> _layers = [];
    private readonly List<Tensor> _sequences = [];

    private SequenceRun() { }

    /// <summary>Takes all layers over all time steps.</summary>
    public static SequenceRun Of(
        RecurrentCell cell,
        IReadOnlyList<DirectionWeights[]> weights,
        SequenceValues values,
        Stabilizer stabilizer
    )
    {
        var run = new SequenceRun();
        var sequence = values.Sequence;
        foreach (var directions in weights)
        {
            var first = run._layers.Count * directions.Length;
            var input = sequence;
            DirectionRun[] layer =
            [
                .. directions.Select(
                    (direction, k) =>
                        DirectionRun.Of(
                            cell,
                            direction,
                            input,
                            values.Hidden?.select(0, first + k),
                            values.Cell?.select(0, first + k),
                            isReverse: k == 1,
                            stabilizer
                        )
                ),
            ];
            run._layers.Add(layer);
            sequence = layer.Length == 1 ? layer[0].Output : cat([.. layer.Select(one => one.Output)], -1);
            run._sequences.Add(sequence);
        }

        return run;
    }

    /// <summary>The norm of the difference from a sequence, relative to that sequence's norm.</summary>
    /// <param name="output">Shape (time, batch, directions·hidden).</param>
    public double DistanceTo(Tensor output)
    {
        using var scope = NewDisposeScope();
        var distance = _sequences[^1].sub(output).norm().ToDouble();
        return distance == 0 ? 0 : distance / output.norm().ToDouble();
    }

    /// <summary>Takes all layers back; only once.</summary>
    /// <param name="relevance">Relevance of the sequence and the last states.</param>
    /// <returns>Relevance of the input sequence and the initial states.</returns>
    public SequenceRelevance Propagate(SequenceRelevance relevance)
    {
        var sequence = relevance.Sequence;
        var hidden = new Stack<Tensor>();
        var cells = new Stack<Tensor>();
        for (var layer = _layers.Count - 1; layer >= 0; layer--)
        {
            var directions = _layers[layer];
            var above = sequence;
            sequence = null;
            for (var k = directions.Length - 1; k >= 0; k--)
            {
                var number = layer * directions.Length + k;
                var size = directions[k].Output.shape[2];
                var below = directions[k]
                    .Propagate(
                        new SequenceRelevance(
                            above?.narrow(2, k * size, size),
                            relevance.Hidden?.select(0, number),
                            relevance.Cell?.select(0, number)
                        )
                    );
                directions[k].Dispose();
                sequence = sequence is null ? below.Sequence : sequence.add_(below.Sequence!);
                hidden.Push(below.Hidden!);
                if (below.Cell is { } cell)
                {
                    cells.Push(cell);
                }
            }
        }

        return new SequenceRelevance(sequence, stack([.. hidden]), cells.Count == 0 ? null : stack([.. cells]));
    }

    public void Dispose()
    {
        foreach (var run in _layers.SelectMany(layer => layer))
        {
            run.Dispose();
        }

        foreach (var sequence in _sequences)
        {
            sequence.Dispose();
        }
    }
}
