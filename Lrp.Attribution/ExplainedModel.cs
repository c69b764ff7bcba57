using Lrp.Core.Embeddings;
using Lrp.Core.State;
using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>
/// A model with the arguments that it is explained for. Each pass begins with the model as it was before the first one,
/// whatever it keeps from one pass to the next.
/// </summary>
internal sealed class ExplainedModel : IDisposable
{
    private readonly Func<IReadOnlyList<Tensor>, Tensor> _forward;
    private readonly ModelState _state;
    private readonly EmbeddingSession? _embeddings;

    /// <summary>Checks the arguments and remembers the model's state.</summary>
    /// <exception cref="ArgumentException">The arguments cannot be explained.</exception>
    public ExplainedModel(
        nn.Module model,
        Func<IReadOnlyList<Tensor>, Tensor> forward,
        IReadOnlyList<ModelArgument> arguments
    )
    {
        (_forward, Arguments) = (forward, arguments);
        var hasEmbeddings = arguments.Any(argument => argument.IsIds) && new EmbeddingModules(model).All.Count > 0;
        ArgumentChecks.ThrowIfUnexplainable(arguments, hasEmbeddings);
        _state = ModelState.Capture(model);
        _embeddings = hasEmbeddings ? new EmbeddingSession(model) : null;
        Inputs = hasEmbeddings ? null : EmbeddingPlan.WithoutEmbeddings(arguments);
    }

    /// <summary>The arguments of the whole batch.</summary>
    public IReadOnlyList<ModelArgument> Arguments { get; }

    /// <summary>The number of samples in the whole batch.</summary>
    public long Samples => Arguments[0].Value.shape[0];

    /// <summary>What gets relevance; null before the first pass of a model that embeds ids.</summary>
    public IReadOnlyList<ExplainedInput>? Inputs { get; private set; }

    /// <summary>Whether embeddings of something else than the arguments are read too.</summary>
    public bool ReadsEveryEmbedding { get; init; }

    /// <summary>A pass has shown which embeddings the model calls.</summary>
    /// <param name="given">The arguments of the pass.</param>
    /// <param name="notes">The calls.</param>
    /// <exception cref="InvalidOperationException">
    /// Nothing can be explained, or the model called other embeddings than in an earlier pass.
    /// </exception>
    public void Learn(IReadOnlyList<Tensor> given, IReadOnlyList<EmbeddingNote> notes)
    {
        Inputs ??= EmbeddingPlan.Make(Arguments, given, notes, ReadsEveryEmbedding);
        foreach (var input in Inputs.Where(input => input.IsEmbedding))
        {
            if (input.Call >= notes.Count || notes[input.Call].Name != input.Name)
            {
                throw new InvalidOperationException(
                    $"The embedding '{input.Name}' was call {input.Call + 1} of an embedding in the first pass, but "
                        + $"a later pass called {string.Join(", ", notes.Select(note => $"'{note.Name}'"))}. A model "
                        + "whose embeddings depend on its values cannot be explained in slices: raise ChunkSize to the "
                        + "size of the batch."
                );
            }
        }
    }

    /// <summary>Some samples of each argument.</summary>
    public Tensor[] Slice(long first, long count) =>
        [.. Arguments.Select(argument => argument.Value.detach().narrow(0, first, count))];

    /// <summary>Runs the model; <see cref="EndPass"/> has to follow.</summary>
    /// <param name="arguments">The arguments, all with the same number of rows.</param>
    /// <param name="answer">
    /// Gets each call of an embedding; returns what the model gets in place of the output, or null for the output.
    /// </param>
    /// <exception cref="InvalidOperationException">The output is not one for each sample.</exception>
    public Tensor Run(IReadOnlyList<Tensor> arguments, Func<EmbeddingCall, Tensor?> answer)
    {
        var output =
            (_embeddings is null ? _forward(arguments) : _embeddings.Run(answer, () => _forward(arguments)))
            ?? throw new InvalidOperationException(
                "The function that runs the model returned null; it must return the tensor to explain."
            );
        var rows = arguments[0].shape[0];
        return output.dim() > 0 && output.shape[0] == rows
            ? output
            : throw new InvalidOperationException(
                $"The model turned {rows} samples into an output of shape "
                    + $"[{string.Join(", ", output.shape)}]; the first dimension must be the samples."
            );
    }

    /// <summary>A pass is over, and its gradients are computed: what it left in the model is taken back.</summary>
    public void EndPass() => _state.Restore();

    public void Dispose()
    {
        _embeddings?.Dispose();
        _state.Dispose();
    }
}
