using System.Text.Json.Nodes;
using Lrp.Attribution;
using Lrp.Models;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Text;

/// <summary>Tokenizers that put a special token behind each text.</summary>
[TestFixture]
public sealed class EndOfTextTests : TinyModelTests
{
    private const string End = "<s>";

    [Test]
    public void WhereAModelContinuesTheTextTheyAreLeftOut()
    {
        using var folder = new TemporaryFolder();
        using var ending = LoadEnding(folder, "llama-0", 90);
        using var expected = Model.Explain("say a", Target.Next("b"));
        using var explanation = ending.Explain("say a", Target.Next("b"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ending.Tokenizer.Encode("say a").Tokens[^1], Is.EqualTo(End), "the tokenizer has it");
            Assert.That(explanation.Text.Tokens.Select(token => token.Piece), Has.None.EqualTo(End));
            Assert.That(explanation.Score, Is.EqualTo(expected.Score));
            Assert.That(explanation.Relevance, Is.EqualTo(expected.Relevance));
            Assert.That(ending.Continue("say a", 3), Is.EqualTo(Model.Continue("say a", 3)));
            Assert.That(
                ending.ExplainAnswer("say a", " bc").Select(step => step.Score),
                Is.EqualTo(Model.ExplainAnswer("say a", " bc").Select(step => step.Score))
            );
        }
    }

    [Test]
    public void WhereAModelClassifiesTheTextTheyArePartOfIt()
    {
        using var folder = new TemporaryFolder();
        using var model = LoadEnding(folder, "bert-0", 157);
        using var explanation = model.Explain("say a");
        Assert.That(explanation.Text.Tokens[^1].IsSpecial, Is.True);
    }

    [Test]
    public void ATokenThatAnEncoderAndADecoderReadHasTheSumOfBoth()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModel.Load(folder.Path, "bart-0", 157);
        using var explanation = model.Explain("say a");
        var encoder = explanation.Tensors.Text.Tokens[0].data<double>().ToArray();
        var decoder = explanation.Tensors.Decoder!.Tokens[0].data<double>().ToArray();
        var expected = encoder.Select((own, k) => own + (k + 1 < decoder.Length ? decoder[k + 1] : 0));
        Assert.That(explanation.Relevance, Is.EqualTo(expected).Within(1e-12));
    }

    private static LanguageModel LoadEnding(TemporaryFolder folder, string name, int size)
    {
        TinyModel.Copy(folder.Path, name);
        TinyModel.WriteTokenizer(folder.Path, size);
        var path = folder.Of("tokenizer.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json["post_processor"] = JsonNode.Parse(
            """
            {
              "type": "TemplateProcessing",
              "single": [
                { "Sequence": { "id": "A", "type_id": 0 } },
                { "SpecialToken": { "id": "<s>", "type_id": 0 } }
              ],
              "pair": [{ "Sequence": { "id": "A", "type_id": 0 } }, { "Sequence": { "id": "B", "type_id": 0 } }],
              "special_tokens": { "<s>": { "id": "<s>", "ids": [1], "tokens": ["<s>"] } }
            }
            """
        );
        File.WriteAllText(path, json.ToJsonString());
        return LanguageModel.Load(folder.Path, ScalarType.Float64);
    }
}
