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

        if (task == TransformerTask.AnswerSpan && (IsBlank(name) || IsBlank(against)))
        {
            throw new BadInputException("--target and --against are words of --text-pair, and one of them is blank.");
        }

        return (name, task) switch
        {
            (_, TransformerTask.TokenClass) => Target.Tag(request.Word!, name, against),
            (null, _) => null,
            (_, TransformerTask.TextClass) => OfClass(model.Transformer.Configuration.Labels, name, against),
            (_, TransformerTask.MaskedToken) => Target.Masked(name, against),
            (_, TransformerTask.AnswerSpan) => Target.Answer(name, against),
            _ => Target.Next(name, against),
        };
    }

    private static bool IsBlank(string? words) => words is not null && string.IsNullOrWhiteSpace(words);

    /// <summary>The logit of a class, by its name or its number, alone or against that of another.</summary>
    private static TextTarget OfClass(IReadOnlyList<string> labels, string name, string? against)
    {
        if (IsName(labels, name) && (against is null || IsName(labels, against)))
        {
            return Target.Label(name, against);
        }

        return against is null
            ? Target.Class(NumberOf(labels, name))
            : Target.Difference(NumberOf(labels, name), NumberOf(labels, against));
    }

    /// <summary>Whether one class has a name.</summary>
    private static bool IsName(IReadOnlyList<string> labels, string name) => labels.Count(own => own == name) == 1;

    /// <summary>The number of a class that is given by its name or its number.</summary>
    private static int NumberOf(IReadOnlyList<string> labels, string given)
    {
        if (IsName(labels, given))
        {
            return labels.Index().First(own => own.Item == given).Index;
        }

        return int.TryParse(given, CultureInfo.InvariantCulture, out var number) && number >= 0 && number < labels.Count
            ? number
            : throw new BadInputException(
                $"The model has no class '{given}'; it has "
                    + $"{string.Join(", ", labels.Select((label, k) => $"{k} '{label}'"))}: give a number, or a name "
                    + "that one class has."
            );
    }
}
