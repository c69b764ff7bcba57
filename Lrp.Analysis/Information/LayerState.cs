using Lrp.Core;
using Lrp.Core.Hooks;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Information;

/// <summary>A layer of a model as Φ: the embeddings take the place of what the embedding module returns.</summary>
/// <remarks>The model is run as it is, in its own <c>forward</c>; set it to evaluation mode, since dropout would be noise that is not meant.</remarks>
public sealed class LayerState : IDisposable
{
    private readonly Interceptor _interceptor = new();
    private readonly IDisposable[] _hooks;
    private readonly Action<long> _run;
    private readonly bool _sequenceFirst;

    /// <summary>Prepares a model of token numbers.</summary>
    /// <param name="model">The model, called with token numbers.</param>
    /// <param name="embedding">The name of the module whose output is x.</param>
    /// <param name="layer">The name of the module whose output is Φ(x); of a tuple, such as an LSTM's, the first tensor.</param>
    /// <param name="tokens">(sentences, words): what the model is called with, repeated for noise samples.</param>
    /// <param name="sequenceFirst">Whether that output and the embeddings have the words before the sentences.</param>
    public LayerState(nn.Module<Tensor, Tensor> model, string embedding, string layer, Tensor tokens, bool sequenceFirst = false)
        : this(model, embedding, layer, repeats => model.call(sequenceFirst ? tokens.t().repeat(1, repeats) : tokens.repeat(repeats, 1)), sequenceFirst)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.dim() != 2)
        {
            throw new ArgumentException($"Tokens are (sentences, words); these are ({string.Join(", ", tokens.shape)}).");
        }

        Sentences = tokens.shape[0];
    }

    private LayerState(nn.Module model, string embedding, string layer, Func<long, Tensor> run, bool sequenceFirst)
    {
        ArgumentNullException.ThrowIfNull(model);
        _run = repeats => run(repeats);
        _sequenceFirst = sequenceFirst;
        nn.Module from = Find(model, embedding);
        nn.Module to = Find(model, layer);
        _interceptor.Embedding = from;
        _interceptor.Layer = to;
        _hooks = ReferenceEquals(from, to)
            ? [ModuleHooks.Attach(from, _interceptor)]
            : [ModuleHooks.Attach(from, _interceptor), ModuleHooks.Attach(to, _interceptor)];
        State = HiddenState.OfBatch(Run);
    }

    /// <summary>Φ; it works until this is disposed.</summary>
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
        Tensor found = _interceptor.Embedded ?? throw new InvalidOperationException("The embedding module was not called; its model calls it by forward(), which runs no hooks, or not at all.");
        return (_sequenceFirst ? found.transpose(0, 1).contiguous() : found).MoveToOuterDisposeScope();
    }

    /// <summary>Takes the hooks off the model.</summary>
    public void Dispose()
    {
        foreach (IDisposable hook in _hooks)
        {
            hook.Dispose();
        }
    }

    private Tensor Run(Tensor embeddings)
    {
        if (embeddings.shape[0] % Sentences != 0)
        {
            throw new ArgumentException($"This state is that of {Sentences} sentences; {embeddings.shape[0]} were given.");
        }

        _interceptor.Begin(_sequenceFirst ? embeddings.transpose(0, 1) : embeddings);
        try
        {
            _run(embeddings.shape[0] / Sentences);
            Tensor state = _interceptor.Reached ?? throw new InvalidOperationException("The layer was not called; its model calls it by forward(), which runs no hooks, or not at all.");
            return _sequenceFirst ? state.transpose(0, 1) : state;
        }
        finally
        {
            _interceptor.Begin(null);
        }
    }

    private static nn.Module Find(nn.Module model, string name)
    {
        IReadOnlyList<(string Name, nn.Module Module)> modules = ModuleTree.WalkAllNames(model);
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
                // Containers free what passes between their modules, so each side gets a handle of its own.
                Embedded = (output as Tensor)?.detach().clone();
                output = _replacement?.alias() ?? output;
            }

            if (ReferenceEquals(module, Layer))
            {
                Reached = Activations.LayerOutput.First(output)?.alias() ?? throw new InvalidOperationException($"The layer returned {output?.GetType().Name ?? "nothing"}, in which there is no tensor.");
            }

            return output;
        }
    }
}
