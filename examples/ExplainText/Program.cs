// Explains a text by a published model from its own folder: a language model, a classifier or a sentence encoder.
// Without a folder it trains a small classifier of reviews first.
using ExplainText;
using Lrp.Attribution;
using Lrp.Models;
using Lrp.Models.Explanations;
using Lrp.Models.Transformers.Configurations;
using Programs;

var options = Options.Read(args);
try
{
    if (options.Folder is { } folder && File.Exists(Path.Combine(folder, "modules.json")))
    {
        ExplainSimilarity(folder);
    }
    else if (options.Folder is { } published)
    {
        using var model = LanguageModel.Load(published);
        ExplainOne(model, options.Text ?? "The capital of France is");
    }
    else
    {
        ExplainReviews();
    }
}
catch (Exception refused) when (refused is ArgumentException or NotSupportedException)
{
    CommandLine.Refuse(refused.Message);
}

void ExplainReviews()
{
    using var model = ReviewModel.Train(Path.Combine(Path.GetTempPath(), "lrp-reviews"));
    Console.WriteLine($"Trained on the spot; reads {ReviewModel.Accuracy(model):P0} of 64 new reviews right.");
    string[] texts = options.Text is { } one
        ? [one]
        : ["the film was really good", "the film was really not good", "the end was not so dull"];
    var steps = new List<TextExplanation>();
    foreach (var text in texts)
    {
        using var explanation = model.Explain(text, TargetOf(model));
        steps.Add(explanation.Text);
    }

    Console.WriteLine(steps.ToTerminal());
    Save(steps.Save, "explain-text.html", "explain-text.png");
}

void ExplainOne(LanguageModel model, string text)
{
    using var explanation = model.Explain(text, TargetOf(model));
    Console.WriteLine(explanation);
    Save(explanation.Save, "explain-text.html", "explain-text.png", "explain-text.json");
}

void ExplainSimilarity(string folder)
{
    using var encoder = SentenceEncoder.Load(folder);
    var text = options.Text ?? "The cat sleeps on the warm windowsill.";
    var other = options.Other ?? "A kitten is napping by the window.";
    using var explanation = encoder.ExplainSimilarity(text, other);
    Console.WriteLine(explanation);
    Save(explanation.Save, "explain-text.html", "explain-text.png");
    var pairs = encoder.ExplainPairs(text, other);
    Console.WriteLine(pairs.ToMarkdown());
    Save(pairs.Save, "explain-pairs.html", "explain-pairs.png");
}

TextTarget? TargetOf(LanguageModel model) =>
    options.Target is not { } target
        ? null
        : model.Transformer.Configuration.Task switch
        {
            TransformerTask.TextClass => Target.Label(target, options.Against),
            TransformerTask.MaskedToken => Target.Masked(target, options.Against),
            TransformerTask.AnswerSpan => Target.Answer(target, options.Against),
            _ => Target.Next(target, options.Against),
        };

void Save(Action<string> save, params string[] names)
{
    foreach (var name in names)
    {
        save(Path.Combine(options.Out, name));
    }

    Console.WriteLine($"{string.Join(", ", names)} are in {options.Out}.");
}
