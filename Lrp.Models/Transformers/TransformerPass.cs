using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>One forward pass of a model, of which any number of outputs can be explained.</summary>
/// <remarks>Several threads may explain outputs of one pass; they take turns.</remarks>
public sealed class TransformerPass : IDisposable
{
    private readonly Action<TransformerPass, Tensor, bool> _goBack;
    private Tensor? _logits;
    private readonly Lock _oneAtATime = new();
    private bool _isExplaining;
    private bool _graphIsGone;

    internal TransformerPass(Action<TransformerPass, Tensor, bool> goBack, IReadOnlyList<StackPoints> points)
    {
        _goBack = goBack;
        Points = points;
    }

    /// <summary>The model's output, in the shape that its <see cref="Configurations.TransformerTask"/> says.</summary>
    public Tensor Logits
    {
        get => _logits ?? throw new ObjectDisposedException(nameof(TransformerPass));
        internal set => _logits = value;
    }

    internal IReadOnlyList<StackPoints> Points { get; }

    internal GraphLife Graph { get; } = new();

    /// <summary>Explains one logit of each text.</summary>
    /// <param name="targets">
    /// For each text the place of the logit: [class], or [position, token or class]; a negative position counts from
    /// the end.
    /// </param>
    /// <param name="keepsGraph">Whether more outputs of this pass are explained afterwards.</param>
    /// <returns>The relevance; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The number of targets or a place does not fit the logits.</exception>
    public TokenRelevance Explain(IReadOnlyList<IReadOnlyList<long>> targets, bool keepsGraph = false)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var shape = Logits.shape;
        if (targets.Count != shape[0] || targets.Any(target => target.Count != shape.Length - 1))
        {
            throw new ArgumentException(
                $"Logits of shape [{string.Join(", ", shape)}] need {shape[0]} targets of {shape.Length - 1} numbers.",
                nameof(targets)
            );
        }

        var places = targets
            .Select(target => target.Select((place, k) => Place(place, shape[k + 1])).ToList())
            .ToList();
        return Explain(
            logits => stack(places.Select((place, text) => At(logits.select(0, text), place)).ToList()),
            keepsGraph
        );
    }

    /// <summary>Explains anything that is computed from the logits, such as the difference of two.</summary>
    /// <param name="explained">Gets the logits, returns one value for each text, B.</param>
    /// <param name="keepsGraph">Whether more outputs of this pass are explained afterwards.</param>
    /// <returns>The relevance; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">What is returned is not one value for each text.</exception>
    /// <exception cref="RelevanceException">A rule failed.</exception>
    /// <exception cref="InvalidOperationException">
    /// An explanation before it did not keep the graph, the calling thread is in inference mode, or the function asks
    /// for an explanation of the same pass.
    /// </exception>
    public TokenRelevance Explain(Func<Tensor, Tensor> explained, bool keepsGraph = false)
    {
        ArgumentNullException.ThrowIfNull(explained);
        using var one = _oneAtATime.EnterScope();
        if (_isExplaining)
        {
            throw new InvalidOperationException(
                "An explanation was asked for inside the function of another explanation of the same pass: ask for it "
                    + "before or afterwards."
            );
        }

        _isExplaining = true;
        try
        {
            return ExplainAlone(explained, keepsGraph);
        }
        finally
        {
            _isExplaining = false;
        }
    }

    /// <summary>Frees the graph and the logits.</summary>
    public void Dispose()
    {
        _logits?.Dispose();
        _logits = null;
        foreach (var points in Points)
        {
            points.Dispose();
        }
    }

    private TokenRelevance ExplainAlone(Func<Tensor, Tensor> explained, bool keepsGraph)
    {
        if (_graphIsGone)
        {
            throw new InvalidOperationException(
                "The graph of this pass is gone since the last explanation: ask for keepsGraph: true in every "
                    + "explanation but the last one, or run the model again."
            );
        }

        InferenceMode.ThrowIfOn();
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        var values = explained(Logits);
        if (values.dim() != 1 || values.shape[0] != Logits.shape[0] || !values.requires_grad)
        {
            throw new ArgumentException(
                $"What is explained has shape [{string.Join(", ", values.shape)}], and has to be one value for each of "
                    + $"the {Logits.shape[0]} texts, computed from the logits.",
                nameof(explained)
            );
        }

        _graphIsGone = !keepsGraph;
        Forget(); // a backward pass by hand may have brought gradients
        try
        {
            _goBack(this, values.sum(), keepsGraph);
        }
        catch
        {
            Forget();
            throw;
        }

        return new TokenRelevance(
            values.detach().DetachFromDisposeScope(),
            [.. Points.Select(points => points.Read())]
        );
    }

    private void Forget()
    {
        foreach (var points in Points)
        {
            points.Forget();
        }
    }

    private static long Place(long place, long size)
    {
        if (place < -size || place >= size)
        {
            throw new ArgumentException($"The target {place} is none of the {size} places 0 to {size - 1}.");
        }

        return place < 0 ? place + size : place;
    }

    private static Tensor At(Tensor logits, IEnumerable<long> place) =>
        place.Aggregate(logits, (tensor, index) => tensor.select(0, index));
}
