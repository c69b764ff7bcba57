using System.CommandLine;
using Programs;

namespace ExplainText;

/// <summary>The program's arguments.</summary>
/// <param name="Folder">The folder of a published model; null for the model that the program trains.</param>
/// <param name="Out">The folder for the pages.</param>
/// <param name="Text">The text that is explained; null for texts of the program.</param>
/// <param name="Target">The token that comes next, or the name of a class; null for what the model predicts.</param>
/// <param name="Against">What the target is compared with; null for nothing.</param>
/// <param name="Other">The text that a sentence encoder compares with.</param>
internal sealed record Options(string? Folder, string Out, string? Text, string? Target, string? Against, string? Other)
{
    private const string About =
        "Explains what a published language model, classifier or sentence encoder says about a text.";

    public static Options Read(string[] arguments)
    {
        var folder = CommandLine.OptionalFolder(
            "The folder of a model from the Hugging Face hub, with config.json, weights and tokenizer.json; "
                + "without it the program trains a small classifier of its own"
        );
        var output = CommandLine.OutputFolder("out");
        Option<string?> text = new("--text") { Description = "The text that is explained" };
        Option<string?> target = new("--target") { Description = "The next token, with its blank, or a class" };
        Option<string?> against = new("--against") { Description = "What the target is compared with" };
        Option<string?> other = new("--other") { Description = "The text that a sentence encoder compares with" };
        var given = CommandLine.Read(
            new RootCommand(About) { folder, output, text, target, against, other },
            arguments
        );
        return new Options(
            given.GetValue(folder),
            CommandLine.Writable(given.GetRequiredValue(output)),
            given.GetValue(text),
            given.GetValue(target),
            given.GetValue(against),
            given.GetValue(other)
        );
    }
}
