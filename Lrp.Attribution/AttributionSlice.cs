using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>
/// Some samples of the explained batch, and the two computations that methods use: the explained output and the
/// gradient.
/// </summary>
public sealed partial class AttributionSlice : IDisposable
{
    private readonly ExplainedModel _model;
    private readonly Target _target;
    private readonly long _firstSample;
    private readonly Tensor[] _arguments;

    // Used across several dispose scopes, so these tensors belong to the slice and to no dispose scope.
    private readonly List<EmbeddingNote> _notes = [];
    private Tensor[]? _inputs;
    private Tensor? _weights;
    private Tensor? _explained;

    internal AttributionSlice(ExplainedModel model, long firstSample, long samples, Target target)
    {
        (_model, _firstSample, _target) = (model, firstSample, target);
        _arguments = [.. model.Slice(firstSample, samples).Select(argument => argument.DetachFromDisposeScope())];
        Samples = samples;
        if (model.Inputs is { } inputs && !inputs.Any(input => input.IsEmbedding))
        {
            _inputs = [.. inputs.Select(input => _arguments[input.Argument].alias().DetachFromDisposeScope())];
        }
    }

    /// <summary>
    /// The tensors to explain, each of shape (n, …): the model's arguments of a floating point type, and in the place
    /// of token ids the output of their embedding.
    /// </summary>
    /// <remarks>For token ids the model runs once, unless it has run on the samples already.</remarks>
    public IReadOnlyList<Tensor> Inputs
    {
        get
        {
            if (_inputs is null)
            {
                ExplainedOfInputs();
            }

            return _inputs!;
        }
    }

    /// <summary>The tensor to explain, of shape (n, …), where there is one.</summary>
    /// <exception cref="InvalidOperationException">There are several.</exception>
    public Tensor Input =>
        Inputs is [var one]
            ? one
            : throw new InvalidOperationException(
                $"The model has {Inputs.Count} inputs to explain: "
                    + $"{string.Join(", ", Explained.Select(input => $"'{input.Name}'"))}. Use Inputs in the method, "
                    + "or pass all but one as ModelArgument.Constant."
            );

    /// <summary>The number of samples.</summary>
    public long Samples { get; }

    internal ProgressCounter Counter { get; init; } = new(null);

    internal int ChunkSize { get; init; } = 1;

    /// <summary>
    /// Whether relevance begins here, as the output times its gradient, because it could not in the model.
    /// </summary>
    internal Func<bool> BeginsRelevance { get; init; } = () => false;

    /// <summary>Checked before every pass through the model.</summary>
    public CancellationToken CancellationToken { get; internal init; }

    /// <summary>
    /// For a method whose relevance should sum to the difference of two outputs: the error of each sample's sum. The
    /// method adds these errors.
    /// </summary>
    public IList<double> CompletenessErrors { get; } = [];

    /// <summary>How many perturbed copies of the slice go through the model in one pass.</summary>
    public long CopiesPerPass => Math.Max(1, ChunkSize / Samples);

    /// <summary>The arguments of the model, those that are passed along among them.</summary>
    internal IReadOnlyList<Tensor> Arguments => _arguments;

    /// <summary>What <see cref="Inputs"/> are.</summary>
    internal IReadOnlyList<ExplainedInput> Explained
    {
        get
        {
            _ = Inputs;
            return _model.Inputs!;
        }
    }

    /// <summary>Computes the explained output of the samples themselves, without a gradient, or remembers it.</summary>
    /// <returns>Shape (n).</returns>
    public Tensor ExplainedOfInputs()
    {
        if (_explained is null)
        {
            CancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var off = no_grad();
            try
            {
                Forget();
                var output = _model.Run(_arguments, call => Note(call).Value.clone());
                Learn();
                Remember(output);
            }
            finally
            {
                _model.EndPass();
            }

            Counter.Add(Samples);
        }

        return _explained!.alias();
    }

    /// <summary>Computes the explained output of copies of the samples, without a gradient.</summary>
    /// <param name="copies">
    /// For each of <see cref="Inputs"/> shape (copies · n, …): all samples of the first copy, then all of the next.
    /// </param>
    /// <returns>Shape (copies · n).</returns>
    public Tensor ExplainedOf(IReadOnlyList<Tensor> copies)
    {
        ArgumentNullException.ThrowIfNull(copies);
        if (AreInputs(copies))
        {
            return ExplainedOfInputs();
        }

        var rows = RowsOf(copies);
        BeforePass();
        using var scope = NewDisposeScope();
        using var off = no_grad();
        try
        {
            var output = RunAt(copies, rows);
            var explained = Weighted(output, WeightsFor(output));
            Counter.Add(rows);
            return scope.Return(explained);
        }
        finally
        {
            _model.EndPass();
        }
    }

    /// <summary>Computes the explained output of copies of the samples of a model with one input.</summary>
    /// <param name="copies">Shape (copies · n, …): all samples of the first copy, then all samples of the next.</param>
    /// <returns>Shape (copies · n).</returns>
    public Tensor ExplainedOf(Tensor copies) => ExplainedOf([copies]);

    /// <summary>Computes the gradients at the samples themselves; with a composite, the relevance.</summary>
    /// <returns>For each of <see cref="Inputs"/> the gradient or relevance, of the same shape.</returns>
    public IReadOnlyList<Tensor> Gradients()
    {
        CancellationToken.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        using var gradients = enable_grad();
        var life = new GraphLife();
        try
        {
            Forget();
            var arguments = new Tensor[_arguments.Length];
            var ofArguments = new Tensor?[_arguments.Length];
            for (var k = 0; k < arguments.Length; k++)
            {
                var leaf = _model.Arguments[k].IsExplained ? _arguments[k].detach().clone().requires_grad_() : null;
                (arguments[k], ofArguments[k]) = (leaf ?? _arguments[k], leaf);
            }

            var ofCalls = new List<Tensor>();
            Tensor output;
            using (life.Make())
            {
                output = _model.Run(arguments, call => Begun(Note(call), ofCalls));
            }

            ofCalls.ForEach(leaf => scope.Attach(leaf));
            Learn();
            Remember(output.detach());
            Counter.Add(Samples);
            var inputs = _model.Inputs!;
            var leaves = inputs.Select(input => input.IsEmbedding ? ofCalls[input.Call] : ofArguments[input.Argument]!);
            var found = Gradients(output, [.. leaves], life);
            return [.. inputs.Select((input, j) => scope.Return(input.FromModel(found[j], _inputs![j].shape).alias()))];
        }
        finally
        {
            _model.EndPass();
        }
    }

    /// <summary>Computes the gradients at copies of the samples; with a composite, the relevance.</summary>
    /// <param name="copies">
    /// For each of <see cref="Inputs"/> shape (copies · n, …): all samples of the first copy, then all of the next.
    /// </param>
    /// <returns>For each the gradient or relevance, of the same shape.</returns>
    public IReadOnlyList<Tensor> GradientsAt(IReadOnlyList<Tensor> copies)
    {
        ArgumentNullException.ThrowIfNull(copies);
        if (AreInputs(copies))
        {
            return Gradients();
        }

        var rows = RowsOf(copies);
        BeforePass();
        using var scope = NewDisposeScope();
        using var gradients = enable_grad();
        var life = new GraphLife();
        try
        {
            Tensor[] leaves = [.. copies.Select(copy => copy.detach().clone().requires_grad_())];
            Tensor output;
            using (life.Make())
            {
                output = RunAt(leaves, rows);
            }

            Counter.Add(rows);
            return [.. Gradients(output, leaves, life).Select(scope.Return)];
        }
        finally
        {
            _model.EndPass();
        }
    }

    /// <summary>Computes the gradient at copies of the samples of a model with one input.</summary>
    /// <param name="copies">Shape (copies · n, …): all samples of the first copy, then all samples of the next.</param>
    /// <returns>The gradient or relevance, of the same shape.</returns>
    public Tensor GradientAt(Tensor copies) => GradientsAt([copies])[0];

    /// <inheritdoc/>
    public void Dispose()
    {
        _weights?.Dispose();
        _explained?.Dispose();
        foreach (var tensor in _arguments.Concat(_inputs ?? []))
        {
            tensor.Dispose();
        }

        _notes.ForEach(note => note.Dispose());
    }

    /// <summary>The explained output of each sample.</summary>
    internal double[] ExplainedValues() => ExplainedOfInputs().to(ScalarType.Float64).cpu().data<double>().ToArray();

    /// <summary>What an embedding looked up, with the samples first; null for an input of numbers.</summary>
    internal Tensor? IdsOf(int input)
    {
        if (Explained[input] is not { IsEmbedding: true } embedding)
        {
            return null;
        }

        var ids = _notes[embedding.Call].Ids;
        return embedding.Layout == EmbeddingLayout.AsArgument
            ? ids.reshape(_arguments[embedding.Argument].shape)
            : embedding.FromModel(ids, ids.shape);
    }

    /// <summary>The vector of one id, of shape [dim].</summary>
    /// <exception cref="ArgumentException">The vocabulary has no such id.</exception>
    internal Tensor VectorOf(int input, long id)
    {
        var table = _notes[Explained[input].Call].Table;
        return id >= 0 && id < table.shape[0]
            ? table[id]
            : throw new ArgumentException(
                $"The embedding '{Explained[input].Name}' has the ids 0 to {table.shape[0] - 1}; the baseline's token "
                    + $"{id} is none of them."
            );
    }
}
