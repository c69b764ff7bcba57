using System.Globalization;
using Lrp.Attribution;
using Lrp.Models;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Cli.Texts;

/// <summary>From the options of a command to what is explained of a model's output.</summary>
internal static class RequestedTarget
{
    /// <summary>The target; null for what the model predicts.</summary>
    /// <exception cref="BadInputException">An option is missing for this model, or means nothing for it.</exception>
    public static TextTarget? Of(LanguageModel model, TextRequest request)
    {
        var (name, against) = (request.Target, request.Against);
        var task = model.Transformer.Configuration.Task;
        if (task == TransformerTask.AnswerSpan && request.Second is null)
        {
            throw new BadInputException(
                $"'{request.Model}' finds the answer to a question, which is --text, in another text: give it as "
                    + "--text-pair."
            );
        }

        if (task == TransformerTask.TokenClass != request.Word is not null)
        {
            throw new BadInputException(
                request.Word is null
                    ? $"'{request.Model}' gives each word a class: name the word of --text that is meant as --word."
                    : $"--word is for models that give each word a class, and '{request.Model}' is another."
            );
        }

        return (name, task) switch
        {
            (_, TransformerTask.TokenClass) => Target.Tag(request.Word!, name, against),
            (null, _) => null,
            (_, TransformerTask.TextClass) when IsClass(model, name, out var number) => Target.Class(number),
            (_, TransformerTask.TextClass) => Target.Label(name, against),
            (_, TransformerTask.MaskedToken) => Target.Masked(name, against),
            (_, TransformerTask.AnswerSpan) => Target.Answer(name, against),
            _ => Target.Next(name, against),
        };
    }

    /// <summary>Whether a target is the number of a class, and no class has it as its name.</summary>
    private static bool IsClass(LanguageModel model, string target, out long number)
    {
        var labels = model.Transformer.Configuration.Labels;
        return long.TryParse(target, CultureInfo.InvariantCulture, out number) && !labels.Contains(target);
    }
}
