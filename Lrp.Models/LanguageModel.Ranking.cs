using Lrp.Models.Methods;
using Lrp.Models.Rankings;
using Lrp.Models.Transformers;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <content>Parts of the model that matter over many texts.</content>
public sealed partial class LanguageModel
{
    /// <summary>Ranks heads, neurons and experts by their relevance over several texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="target">What is explained of each text; null for what the model predicts of it.</param>
    /// <param name="method">The rules.</param>
    /// <param name="parts">Which kinds are ranked.</param>
    /// <param name="progress">Is told the number of texts that are done; null for nobody.</param>
    /// <param name="cancellation">Stops before the next text.</param>
    /// <returns>The ranking.</returns>
    /// <remarks>
    /// Each text costs one explanation. Of a model with an encoder and a decoder it ranks the parts of the encoder.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// There is no text, or no kind of parts; a text is empty or too long, or the target does not fit.
    /// </exception>
    /// <exception cref="NotSupportedException">The model answers questions, and so needs two texts.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public PartRanking RankParts(
        IReadOnlyCollection<string> texts,
        TextTarget? target = null,
        RelevanceMethod method = RelevanceMethod.AttnLrp,
        RelevanceParts parts = RelevanceParts.Heads | RelevanceParts.Neurons | RelevanceParts.Experts,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(texts);
        const RelevanceParts Ranked = RelevanceParts.Heads | RelevanceParts.Neurons | RelevanceParts.Experts;
        if (texts.Count == 0)
        {
            throw new ArgumentException("A ranking needs at least one text.", nameof(texts));
        }

        if ((parts & Ranked) == RelevanceParts.None)
        {
            throw new ArgumentException($"Heads, neurons and experts are ranked, and not {parts}.", nameof(parts));
        }

        if (Transformer.Configuration.Task == TransformerTask.AnswerSpan)
        {
            throw new NotSupportedException(
                $"{Transformer.Configuration.Architecture} reads a question and a text, and a ranking one text at a "
                    + "time: explain each pair, Explain(new TextPair(question, text)); its Text.Heads has the heads."
            );
        }

        var (heads, neurons, experts) = (new RankingSums(), new RankingSums(), new RankingSums());
        using var alone = _explaining.EnterScope();
        using var explainer = NewExplainer(method, parts & Ranked);
        var done = 0;
        foreach (var text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var read = Read(text);
            var resolve = (target ?? Attribution.Target.Predicted).Resolve(this, read);
            using var pass = explainer.Run(read.Ids());
            using var relevance = TextChecks.Finite(pass.Explain(resolve(pass.Logits).Target.ScoreOf), _name);
            var found = relevance.Text;
            heads.Add(text, found.Heads.Index().ToDictionary(block => block.Index, block => Sums(block.Item, 2)));
            neurons.Add(text, found.Neurons.ToDictionary(block => block.Key, block => Sums(block.Value, 1)));
            experts.Add(text, found.Experts.ToDictionary(block => block.Key, block => Sums(block.Value, 1)));
            progress?.Report(++done);
        }

        return new PartRanking(texts.Count, heads, neurons, experts);
    }

    /// <summary>The relevance of parts, summed over tokens.</summary>
    /// <param name="relevance">1 × P × T or 1 × T × P.</param>
    /// <param name="tokens">The dimension of the tokens.</param>
    private static double[] Sums(Tensor relevance, long tokens) =>
        [.. relevance.sum([0L, tokens]).to(ScalarType.Float64).cpu().data<double>()];
}
