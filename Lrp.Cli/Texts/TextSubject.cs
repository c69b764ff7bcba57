using Lrp.Attribution;
using Lrp.Attribution.Evaluation;
using Lrp.Models;
using Lrp.Models.Explanations;
using Lrp.Models.Methods;
using static TorchSharp.torch;

namespace Lrp.Cli.Texts;

/// <summary>A text, the model that reads it, and what of its output is explained.</summary>
internal abstract class TextSubject : IDisposable
{
    /// <summary>A processor computes in single precision faster than in half precision, and exactly enough.</summary>
    private const ScalarType Precision = ScalarType.Float32;

    /// <summary>Explains it.</summary>
    public abstract TextExplanation Explain(RelevanceMethod method);

    /// <summary>Removes tokens in the order of their relevance, and measures what was explained.</summary>
    public abstract FlippingCurves Flip(TextExplanation explanation, int steps, IProgress<double> progress);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Opens a model with a text.</summary>
    /// <param name="request">What the user gave; <see cref="TextRequest.Check"/> found nothing wrong with it.</param>
    public static TextSubject Open(TextRequest request) =>
        request.IsSimilarity
            ? new SimilarText(SentenceEncoder.Load(request.Model, Precision), request.Text, request.Other!)
            : OfLanguageModel(LanguageModel.Load(request.Model, Precision), request);

    private static LanguageModelText OfLanguageModel(LanguageModel model, TextRequest request)
    {
        try
        {
            return new LanguageModelText(model, request, RequestedTarget.Of(model, request));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Passes on the part that is done.</summary>
    private protected sealed class Progress(IProgress<double> to) : IProgress<AttributionProgress>
    {
        public void Report(AttributionProgress value) => to.Report(value.Fraction);
    }
}

/// <summary>A language model or a classifier.</summary>
internal sealed class LanguageModelText(LanguageModel model, TextRequest read, TextTarget? target) : TextSubject
{
    public override TextExplanation Explain(RelevanceMethod method)
    {
        using var explanation = read.Second is { } second
            ? model.Explain(new TextPair(read.Text, second), target, method)
            : model.Explain(read.Text, target, method);
        return explanation.Text;
    }

    public override FlippingCurves Flip(TextExplanation explanation, int steps, IProgress<double> progress) =>
        model.Flip(explanation, target, steps, new Progress(progress));

    public override void Dispose() => model.Dispose();
}

/// <summary>A sentence encoder, and the text that it compares with.</summary>
internal sealed class SimilarText(SentenceEncoder encoder, string text, string other) : TextSubject
{
    public override TextExplanation Explain(RelevanceMethod method)
    {
        using var explanation = encoder.ExplainSimilarity(text, other, method);
        return explanation.Text;
    }

    public override FlippingCurves Flip(TextExplanation explanation, int steps, IProgress<double> progress) =>
        encoder.Flip(explanation, other, steps, new Progress(progress));

    public override void Dispose() => encoder.Dispose();
}
