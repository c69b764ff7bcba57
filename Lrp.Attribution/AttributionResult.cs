using Lrp.Core.Conservation;
using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>The result of an attributor for a batch of inputs.</summary>
public sealed partial class AttributionResult : IDisposable
{
    private readonly Lazy<double[]> _sums;

    /// <summary>Creates a result for a model with one input.</summary>
    /// <param name="relevance">The relevance, of the input's shape; the result takes ownership of it.</param>
    /// <param name="explained">The explained output of each sample.</param>
    /// <param name="completenessErrors">
    /// For each sample, the sum of the relevance minus the sum that the method guarantees; null for a method without
    /// such a guarantee.
    /// </param>
    public AttributionResult(
        Tensor relevance,
        IReadOnlyList<double> explained,
        IReadOnlyList<double>? completenessErrors = null
    )
        : this(Single(relevance), [], explained, completenessErrors) { }

    /// <summary>Creates a result for a model with several inputs.</summary>
    /// <param name="inputs">
    /// The relevance of each input, samples along the first dimension; the result takes ownership of it.
    /// </param>
    /// <param name="embeddings">The relevance at embeddings, of which the result takes ownership too.</param>
    /// <param name="explained">The explained output of each sample.</param>
    /// <param name="completenessErrors">
    /// For each sample, the sum of the relevance minus the sum that the method guarantees; null for a method without
    /// such a guarantee.
    /// </param>
    /// <exception cref="ArgumentException">There is no input.</exception>
    public AttributionResult(
        IReadOnlyList<InputRelevance> inputs,
        IReadOnlyList<EmbeddingRelevance> embeddings,
        IReadOnlyList<double> explained,
        IReadOnlyList<double>? completenessErrors = null
    )
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(explained);
        if (inputs.Count == 0)
        {
            throw new ArgumentException("A result needs the relevance of at least one input.", nameof(inputs));
        }

        Inputs = inputs;
        Embeddings = embeddings;
        Explained = explained;
        CompletenessErrors = completenessErrors;
        _sums = new Lazy<double[]>(SumSamples);
    }

    /// <summary>
    /// The relevance of the input, of its shape, element type and device: for token ids of the shape of the embedded
    /// tokens, such as [batch, tokens, dim]. Of several inputs it is that of the first.
    /// </summary>
    public Tensor Relevance => Inputs[0].Relevance;

    /// <summary>
    /// The relevance of each input that was explained, in the order of the arguments. Arguments that were only passed
    /// along are not among them.
    /// </summary>
    public IReadOnlyList<InputRelevance> Inputs { get; }

    /// <summary>
    /// The relevance at each embedding that was read, those of tokens first. Methods that run the model on the samples
    /// themselves (LRP, gradient, input times gradient) read every embedding, that of positions too; methods that
    /// change the input change the embedding of the tokens only.
    /// </summary>
    public IReadOnlyList<EmbeddingRelevance> Embeddings { get; }

    /// <summary>The relevance of an input by its name.</summary>
    /// <param name="name">The argument's name, or for token ids the embedding's.</param>
    /// <exception cref="KeyNotFoundException">No input has the name; the message lists the names.</exception>
    public Tensor this[string name] =>
        Inputs.FirstOrDefault(input => input.Name == name)?.Relevance
        ?? throw new KeyNotFoundException(
            $"No input is named '{name}'; there are {string.Join(", ", Inputs.Select(input => $"'{input.Name}'"))}. "
                + "An argument gets a name by new ModelArgument(tensor, name)."
        );

    /// <summary>The explained output of each sample; for the predicted class, its logit.</summary>
    public IReadOnlyList<double> Explained { get; }

    /// <summary>The sum of each sample's relevance over all of <see cref="Inputs"/>.</summary>
    public IReadOnlyList<double> Sums => _sums.Value;

    /// <summary>
    /// For a method whose relevance should sum to the difference of two outputs, the error of each sample's sum: Σ
    /// relevance − (f(x) − f(baseline)). Null for other methods.
    /// </summary>
    public IReadOnlyList<double>? CompletenessErrors { get; }

    /// <summary>The mean over the samples of Σ relevance / explained output; 1 if relevance is conserved.</summary>
    /// <remarks>
    /// Samples whose explained output is zero are left out; NaN if no sample is left.
    /// </remarks>
    public double Conservation =>
        Sums.Zip(Explained)
            .Where(pair => pair.Second != 0)
            .Select(pair => pair.First / pair.Second)
            .DefaultIfEmpty(double.NaN)
            .Average();

    /// <summary>The relevance of each token: that of its embedding, summed over the dimensions.</summary>
    /// <returns>
    /// A new tensor in the shape of the ids, [batch, tokens]; for the embedding of a bag one number for each bag. Of
    /// several inputs it is that of the first that was embedded.
    /// </returns>
    /// <exception cref="InvalidOperationException">No token ids were explained.</exception>
    public Tensor Tokens() =>
        Inputs.FirstOrDefault(input => input.Ids is not null)?.Relevance.sum(-1)
        ?? throw new InvalidOperationException(
            "The model was not explained for token ids: its inputs are numbers. Sum Relevance over the dimensions that "
                + "belong together."
        );

    /// <summary>Frees the relevance.</summary>
    public void Dispose()
    {
        foreach (var input in Inputs)
        {
            input.Relevance.Dispose();
            input.Ids?.Dispose();
        }

        foreach (var embedding in Embeddings)
        {
            embedding.Relevance.Dispose();
            embedding.Ids.Dispose();
        }
    }

    private double[] SumSamples()
    {
        using var scope = NewDisposeScope();
        return Inputs
            .Select(input =>
                input.Relevance.detach().to(ScalarType.Float64).reshape(input.Relevance.shape[0], -1).sum(1)
            )
            .Aggregate((sum, next) => sum + next)
            .cpu()
            .data<double>()
            .ToArray();
    }

    private static IReadOnlyList<InputRelevance> Single(Tensor relevance)
    {
        ArgumentNullException.ThrowIfNull(relevance);
        return [new InputRelevance("0", 0, relevance)];
    }
}
