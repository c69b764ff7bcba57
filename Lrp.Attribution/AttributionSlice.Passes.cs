using System.Runtime.InteropServices;
using Lrp.Core;
using Lrp.Core.Embeddings;
using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <content>How a pass at the samples or at copies of them runs, and what is remembered of it.</content>
public sealed partial class AttributionSlice
{
    private static Tensor Weighted(Tensor output, Tensor weights)
    {
        var weighted = weights * output;
        return weighted.dim() == 1 ? weighted : weighted.flatten(1).sum(1);
    }

    /// <summary>The output, from which a gradient is computed, of the embedding; the model may write over it.</summary>
    private static Tensor Begun(EmbeddingNote note, List<Tensor> leaves)
    {
        var leaf = note.Value.detach().DetachFromDisposeScope().requires_grad_();
        leaves.Add(leaf);
        return leaf.clone();
    }

    private EmbeddingNote Note(EmbeddingCall call)
    {
        using var off = no_grad();
        _notes.Add(
            new EmbeddingNote(
                call.Name,
                call.Ids.detach().DetachFromDisposeScope(),
                call.Weight.detach().DetachFromDisposeScope(),
                call.Output.detach().DetachFromDisposeScope()
            )
        );
        return _notes[^1];
    }

    private void Forget()
    {
        _notes.ForEach(note => note.Dispose());
        _notes.Clear();
    }

    /// <summary>A pass at the samples themselves has shown what the model embeds.</summary>
    private void Learn()
    {
        using var off = no_grad();
        _model.Learn(_arguments, _notes);
        _inputs ??= [.. _model.Inputs!.Select(input => ValueOf(input).alias().DetachFromDisposeScope())];
    }

    private Tensor ValueOf(ExplainedInput input)
    {
        if (!input.IsEmbedding)
        {
            return _arguments[input.Argument];
        }

        var value = _notes[input.Call].Value;
        return input.FromModel(
            value,
            input.Layout == EmbeddingLayout.AsArgument
                ? [.. _arguments[input.Argument].shape, value.shape[^1]]
                : value.shape
        );
    }

    /// <summary>The target is chosen once, for the samples: copies are explained for the same class.</summary>
    private void BeforePass()
    {
        CancellationToken.ThrowIfCancellationRequested();
        if (_weights is null && _target.IsChosenByOutput)
        {
            ExplainedOfInputs();
        }
    }

    private bool AreInputs(IReadOnlyList<Tensor> copies) =>
        copies.Count == Inputs.Count && copies.Zip(Inputs).All(pair => ReferenceEquals(pair.First, pair.Second));

    private long RowsOf(IReadOnlyList<Tensor> copies)
    {
        if (copies.Count != Inputs.Count)
        {
            throw new ArgumentException(
                $"There are {Inputs.Count} inputs, but copies of {copies.Count}.",
                nameof(copies)
            );
        }

        var rows = copies[0].shape[0];
        foreach (var copy in copies)
        {
            if (copy.shape[0] != rows || rows % Samples != 0)
            {
                throw new ArgumentException(
                    $"{copy.shape[0]} rows are no whole number of copies of the {Samples} samples, the same for all "
                        + "inputs.",
                    nameof(copies)
                );
            }
        }

        return rows;
    }

    private Tensor RunAt(IReadOnlyList<Tensor> copies, long rows)
    {
        var inputs = _model.Inputs!;
        var arguments = new Tensor[_arguments.Length];
        for (var k = 0; k < arguments.Length; k++)
        {
            var argument = k;
            var j = inputs.ToList().FindIndex(input => !input.IsEmbedding && input.Argument == argument);
            arguments[k] = j >= 0 ? copies[j] : Repeated(_arguments[k], rows / Samples);
        }

        var calls = 0;
        try
        {
            return _model.Run(
                arguments,
                call =>
                {
                    var number = calls++;
                    var j = inputs.ToList().FindIndex(input => input.Call == number);
                    return j < 0 ? null : Instead(inputs[j], copies[j], call);
                }
            );
        }
        catch (ExternalException exception) when (rows > Samples)
        {
            throw new InvalidOperationException(
                $"The model failed on {rows} rows at once, which are copies of {Samples} samples. If it has room for "
                    + "fewer, in a cache of keys and values for instance, set ChunkSize to that number: "
                    + exception.Message.Split('\n')[0],
                exception
            );
        }
    }

    private static Tensor Instead(ExplainedInput input, Tensor copies, EmbeddingCall call) =>
        call.Name == input.Name && copies.NumberOfElements == call.Output.NumberOfElements
            ? input.ToModel(copies, call.Output.shape).clone()
            : throw new InvalidOperationException(
                $"The embedding '{call.Name}' looked up ids of shape [{string.Join(", ", call.Ids.shape)}], where "
                    + $"'{input.Name}' was to have the output [{string.Join(", ", copies.shape)}]: the model embeds "
                    + "other ids for copies of the samples than for the samples themselves."
            );

    private static Tensor Repeated(Tensor tensor, long copies) =>
        copies == 1 ? tensor : tensor.repeat([copies, .. Enumerable.Repeat(1L, (int)tensor.dim() - 1)]);

    private Tensor[] Gradients(Tensor output, Tensor[] leaves, GraphLife life)
    {
        var start = WeightsFor(output);
        if (BeginsRelevance())
        {
            start = start * output.detach();
        }

        life.IsEnding = true;
        var gradients = VectorJacobian.Product([output], leaves, [start]);
        life.ThrowIfFaulted();
        return gradients.All(gradient => gradient is null)
            ? throw new InvalidOperationException(
                "The model's output does not depend on its input in a differentiable way: forward() may detach, "
                    + "round, or take an argmax."
            )
            : [.. gradients.Select((gradient, j) => gradient?.detach() ?? zeros_like(leaves[j]).detach())];
    }

    private Tensor WeightsFor(Tensor output)
    {
        if (_weights is null)
        {
            using var off = no_grad();
            _weights = _target
                .WeightsFor(output.detach().narrow(0, 0, Samples), new BatchPart(_firstSample, Samples, _model.Samples))
                .alias();
            _weights.DetachFromDisposeScope();
        }

        return Repeated(_weights, output.shape[0] / Samples);
    }

    private void Remember(Tensor output)
    {
        using var off = no_grad();
        _explained?.Dispose();
        _explained = Weighted(output, WeightsFor(output)).DetachFromDisposeScope();
    }
}
