using Lrp.Core.Conservation;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>Puts the relevance of the slices of a batch together.</summary>
internal sealed class CollectedRelevance(ExplainedModel model, string method, DisposeScope scope)
{
    private readonly List<double> _explained = [];
    private readonly List<double> _errors = [];
    private Tensor[]? _relevance;
    private Tensor?[]? _ids;

    /// <summary>Adds what a method found for a slice.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="first">The number of its first sample.</param>
    /// <param name="relevance">The relevance of each input.</param>
    public void Add(AttributionSlice slice, long first, IReadOnlyList<Tensor>? relevance)
    {
        Check(slice, relevance);
        var inputs = slice.Explained;
        _relevance ??= [.. slice.Inputs.Select((input, j) => Whole(input, inputs[j].IsShared))];
        _ids ??= [.. inputs.Select((input, j) => slice.IdsOf(j) is { } ids ? Whole(ids, input.IsShared) : null)];
        for (var j = 0; j < inputs.Count; j++)
        {
            if (inputs[j].IsShared)
            {
                _relevance[j].add_(relevance![j].to(_relevance[j].dtype));
                _ids[j]?.copy_(slice.IdsOf(j)!);
                continue;
            }

            Part(_relevance[j], first, slice.Inputs[j], inputs[j].Name).copy_(relevance![j]);
            if (slice.IdsOf(j) is { } ids)
            {
                Part(_ids[j]!, first, ids, inputs[j].Name).copy_(ids);
            }
        }

        _explained.AddRange(slice.ExplainedValues());
        _errors.AddRange(slice.CompletenessErrors);
    }

    /// <summary>The result, whose tensors belong to the scope around that of the attribution.</summary>
    public AttributionResult Result()
    {
        var inputs = model.Inputs!;
        _relevance ??= [.. inputs.Select(input => empty_like(model.Arguments[input.Argument].Value.detach()))];
        _ids ??= new Tensor?[inputs.Count];
        var found = inputs
            .Select(
                (input, j) =>
                    new InputRelevance(
                        input.Name,
                        input.Argument,
                        scope.Return(_relevance[j]),
                        _ids[j] is { } ids ? scope.Return(ids) : null
                    )
            )
            .ToList();
        return new AttributionResult(
            [.. found.Where(input => input.Argument >= 0)],
            [
                .. found
                    .Where(input => input.Ids is not null)
                    .Select(input => new EmbeddingRelevance(input.Name, input.Ids!, input.Relevance)),
            ],
            [.. _explained],
            _errors.Count == 0 ? null : [.. _errors]
        );
    }

    private Tensor Whole(Tensor slice, bool isShared)
    {
        using var off = no_grad();
        var first = isShared ? slice.shape[0] : model.Samples;
        var whole = zeros([first, .. slice.shape[1..]], dtype: slice.dtype, device: slice.device);
        scope.Attach(whole.DetachFromDisposeScope()); // it outlives the slice
        return whole;
    }

    private static Tensor Part(Tensor whole, long first, Tensor slice, string name) =>
        whole.shape[1..].SequenceEqual(slice.shape[1..])
            ? whole.narrow(0, first, slice.shape[0])
            : throw new InvalidOperationException(
                $"'{name}' had the shape [{string.Join(", ", slice.shape)}] for the samples from {first} on, and "
                    + $"[{string.Join(", ", whole.shape)}] for the batch after the first slice: the model changes it "
                    + "by the samples. Explain samples of the same length together."
            );

    private void Check(AttributionSlice slice, IReadOnlyList<Tensor>? relevance)
    {
        if (relevance is null || relevance.Count != slice.Inputs.Count)
        {
            throw new InvalidOperationException(
                $"'{method}' explained {slice.Inputs.Count} inputs by "
                    + $"{(relevance is null ? "null" : $"{relevance.Count} tensors")}; there must be one tensor for "
                    + "each of the slice's Inputs."
            );
        }

        for (var j = 0; j < relevance.Count; j++)
        {
            var (input, found) = (slice.Inputs[j], relevance[j]);
            if (found is null || !found.is_floating_point() || !found.shape.SequenceEqual(input.shape))
            {
                throw new InvalidOperationException(
                    $"'{method}' explained samples of shape [{string.Join(", ", input.shape)}] by "
                        + (
                            found is null
                                ? "null"
                                : $"a {found.dtype} tensor of shape [{string.Join(", ", found.shape)}]"
                        )
                        + "; relevance must have the shape of the samples and a floating point type."
                );
            }
        }
    }
}
