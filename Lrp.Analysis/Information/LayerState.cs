using Lrp.Core;
using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Analysis.Information;

/// <summary>A layer of a model as Φ: the embeddings replace the output of the embedding module.</summary>
/// <remarks>
/// The model runs unchanged, with its own <c>forward</c>. Set it to evaluation mode, because dropout would add unwanted
/// noise.
/// </remarks>
public sealed class LayerState : IDisposable
{
    private readonly Interceptor _interceptor = new();
    private readonly IDisposable[] _hooks;
    private readonly Action<long> _run;
    private readonly bool _sequenceFirst;

    /// <summary>Prepares a model that takes token ids.</summary>
    /// <param name="model">The model, called with token ids.</param>
    /// <param name="embedding">The name of the module whose output is x.</param>
    /// <param name="layer">
    /// The name of the module whose output is Φ(x); for a tuple, such as the output of an LSTM, its first tensor.
    /// </param>
    /// <param name="tokens">The model's input, (sentences, words); it is repeated for noise samples.</param>
    /// <param name="sequenceFirst">Whether that output and the embeddings are (words, sentences, …).</param>
    public LayerState(
        nn.Module<Tensor, Tensor> model,
        string embedding,
        string layer,
        Tensor tokens,
        bool sequenceFirst = false
    )
        : this(
            model,
            embedding,
            layer,
            repeats => model.call(sequenceFirst ? tokens.t().repeat(1, repeats) : tokens.repeat(repeats, 1)),
            sequenceFirst
        )
    {
        Sentences = Checked(tokens);
    }

    /// <summary>Prepares a model of any signature that takes token ids.</summary>
    /// <param name="model">The model.</param>
    /// <param name="forward">
    /// Runs the model by its <c>call</c> on token ids of any number of sentences, and returns whatever it returns:
    /// <c>ids => model.call(new(ids, ids.ne(padding)))</c>.
    /// </param>
    /// <param name="embedding">The name of the module whose output is x.</param>
    /// <param name="layer">The name of the module whose output is Φ(x); of several tensors the first.</param>
    /// <param name="tokens">The token ids, (sentences, words); they are repeated for noise samples.</param>
    /// <param name="sequenceFirst">Whether that output and the embeddings are (words, sentences, …).</param>
    public LayerState(
        nn.Module model,
        Func<Tensor, object?> forward,
        string embedding,
        string layer,
        Tensor tokens,
        bool sequenceFirst = false
    )
        : this(
            model,
            embedding,
            layer,
            repeats => forward(sequenceFirst ? tokens.t().repeat(1, repeats) : tokens.repeat(repeats, 1)),
            sequenceFirst
        )
    {
        ArgumentNullException.ThrowIfNull(forward);
        Sentences = Checked(tokens);
    }

    private LayerState(nn.Module model, string embedding, string layer, Func<long, object?> run, bool sequenceFirst)
    {
        ArgumentNullException.ThrowIfNull(model);
        _run = repeats => run(repeats);
        _sequenceFirst = sequenceFirst;
        var from = Find(model, embedding);
        var to = Find(model, layer);
        _interceptor.Embedding = from;
        _interceptor.Layer = to;
        _hooks = ReferenceEquals(from, to)
            ? [ModuleHooks.Attach(from, _interceptor)]
            : [ModuleHooks.Attach(from, _interceptor), ModuleHooks.Attach(to, _interceptor)];
        State = HiddenState.OfBatch(Run);
    }

    /// <summary>Φ; usable until this object is disposed.</summary>
    public HiddenState State { get; }

    private long Sentences { get; }

    /// <summary>The embeddings of the sentences.</summary>
    /// <returns>(sentences, words, dimensions), without gradient.</returns>
    public Tensor Embeddings()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _interceptor.Begin(null);
        _run(1);
        var found =
            _interceptor.Embedded
            ?? throw new InvalidOperationException(
                "The embedding module was not called. Either the model does not use it, or it calls its "
                    + "forward(), which runs no hooks."
            );
        return (_sequenceFirst ? found.transpose(0, 1).contiguous() : found).MoveToOuterDisposeScope();
    }

    /// <summary>Removes the hooks from the model.</summary>
    public void Dispose()
    {
        foreach (var hook in _hooks)
        {
            hook.Dispose();
        }
    }

    private Tensor Run(Tensor embeddings)
    {
        if (embeddings.shape[0] % Sentences != 0)
        {
            throw new ArgumentException(
                $"This state is for {Sentences} sentences, but {embeddings.shape[0]} were given."
            );
        }

        _interceptor.Begin(_sequenceFirst ? embeddings.transpose(0, 1) : embeddings);
        try
        {
            _run(embeddings.shape[0] / Sentences);
            var state =
                _interceptor.Reached
                ?? throw new InvalidOperationException(
                    "The layer was not called. The model does not use it, or calls its forward(), which runs no hooks."
                );
            return _sequenceFirst ? state.transpose(0, 1) : state;
        }
        finally
        {
            _interceptor.Begin(null);
        }
    }

    private static long Checked(Tensor tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return tokens.dim() == 2
            ? tokens.shape[0]
            : throw new ArgumentException(
                $"Tokens must be (sentences, words); these are ({string.Join(", ", tokens.shape)})."
            );
    }

    private static nn.Module Find(nn.Module model, string name)
    {
        var modules = ModuleTree.WalkAllNames(model);
        return modules.FirstOrDefault(entry => entry.Name == name).Module
            ?? throw new ArgumentException(UnknownName.Message(name, modules.Select(entry => entry.Name)));
    }

    private sealed class Interceptor : IModuleInterceptor
    {
        private Tensor? _replacement;

        public nn.Module? Embedding { get; set; }

        public nn.Module? Layer { get; set; }

        public Tensor? Embedded { get; private set; }

        public Tensor? Reached { get; private set; }

        public void Begin(Tensor? replacement) => (_replacement, Embedded, Reached) = (replacement, null, null);

        public object?[] Before(nn.Module module, object?[] inputs) => inputs;

        public object? After(nn.Module module, object?[] inputs, object? output)
        {
            if (ReferenceEquals(module, Embedding))
            {
                // Containers dispose the tensors between their modules, so each side gets its own handle.
                Embedded = (output as Tensor)?.detach().clone();
                output = _replacement?.alias() ?? output;
            }

            if (ReferenceEquals(module, Layer))
            {
                Reached =
                    Activations.LayerOutput.First(output)?.alias()
                    ?? throw new InvalidOperationException(
                        $"The layer returned {output?.GetType().Name ?? "nothing"}, which contains no tensor."
                    );
            }

            return output;
        }
    }
}
