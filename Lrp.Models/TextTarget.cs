using Lrp.Attribution;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <summary>What of a language model's output is explained, said in words.</summary>
/// <example>
/// <code>
/// Target.Next(" Paris")                      // why " Paris" comes next
/// Target.Next(" Paris", against: " London")  // why " Paris" and not " London"
/// Target.Masked("Paris")                     // why "Paris" stands at the mask
/// Target.Label("POSITIVE")                   // a class of a classifier, by its name
/// Target.Tag("Paris", "B-LOC")               // a class of a word
/// Target.Answer("Paris")                     // why "Paris" answers the question
/// Target.Predicted                           // what the model says
/// </code>
/// </example>
public abstract class TextTarget
{
    private protected TextTarget() { }

    /// <summary>The target in the model's output, and how it is called in an explanation.</summary>
    /// <returns>A function of the model's output, which decides where the target does not.</returns>
    /// <exception cref="ArgumentException">The target does not fit the model or the text.</exception>
    internal abstract Func<Tensor, ResolvedTarget> Resolve(LanguageModel model, ReadText read);

    /// <summary>A target that is given by numbers.</summary>
    /// <param name="target">The target.</param>
    public static implicit operator TextTarget(Target target) => new GivenTarget(target);

    /// <summary>A target by numbers, as <see cref="TextTarget"/>.</summary>
    /// <param name="target">The target.</param>
    public static TextTarget FromTarget(Target target) => target;

    /// <summary>The model must do what the target asks about.</summary>
    private protected static void ThrowUnless(LanguageModel model, TransformerTask task, string what)
    {
        var configuration = model.Transformer.Configuration;
        if (configuration.Task != task)
        {
            throw new ArgumentException(
                $"{what} is for other models; of {configuration.Architecture} one explains "
                    + $"{Remedy(configuration.Task)}."
            );
        }
    }

    private static string Remedy(TransformerTask task) =>
        task switch
        {
            TransformerTask.NextToken => "the token that comes next: Target.Next(\" word\")",
            TransformerTask.MaskedToken => "the token at the mask: Target.Masked(\"word\")",
            TransformerTask.TextClass => "a class: Target.Label(\"name\") or Target.Class(number)",
            TransformerTask.TokenClass => "the class of a word: Target.Tag(\"word\", \"name\")",
            TransformerTask.AnswerSpan => "the answer to a question: Target.Answer(\"words\")",
            _ => "a number that is computed from its states: TransformerPass.Explain",
        };
}

/// <summary>A target in a model's output, with its name and that of what it is compared with.</summary>
/// <param name="Target">The target.</param>
/// <param name="Name">Its name.</param>
/// <param name="Against">The name of what it is compared with.</param>
internal sealed record ResolvedTarget(Target Target, string Name, string? Against = null);

/// <summary>A target by numbers; the model's own words name it.</summary>
internal sealed class GivenTarget : TextTarget
{
    private readonly Target _target;

    public GivenTarget(Target target)
    {
        ArgumentNullException.ThrowIfNull(target);
        _target = target;
    }

    internal override Func<Tensor, ResolvedTarget> Resolve(LanguageModel model, ReadText read)
    {
        if (!ReferenceEquals(_target, Target.Predicted))
        {
            return _ => new ResolvedTarget(_target, _target.ToString());
        }

        switch (model.Transformer.Configuration.Task)
        {
            case TransformerTask.AnswerSpan:
                return new AnswerTarget(answer: null, against: null).Resolve(model, read);
            case TransformerTask.MaskedToken:
                var mask = TokenTarget.PlaceOfMask(model, read.Encoding);
                return logits => new ResolvedTarget(Target.PredictedToken(mask), model.Predicted(logits, mask));
            case TransformerTask.TokenClass:
                throw new ArgumentException(
                    $"{model.Transformer.Configuration.Architecture} gives each token a class: say which word is "
                        + "meant, Target.Tag(\"word\"), or which token, Target.PredictedToken(position)."
                );
            default:
                return logits => new ResolvedTarget(_target, model.Predicted(logits, position: -1));
        }
    }
}
