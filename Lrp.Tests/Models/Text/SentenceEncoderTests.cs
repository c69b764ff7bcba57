using Lrp.Models;
using Lrp.Models.Methods;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Text;

/// <summary>Why two texts are similar, by a small BERT with random weights.</summary>
[TestFixture]
public sealed class SentenceEncoderTests
{
    private const string Modules = """[{ "type": "sentence_transformers.models.Transformer", "path": "" }]""";

    [TestCase(RelevanceMethod.AttnLrp)]
    [TestCase(RelevanceMethod.CpLrp)]
    [TestCase(RelevanceMethod.GradientTimesInput)]
    public void TheScoreIsTheSimilarityAlsoWhereTheModelDoesNotNormalize(RelevanceMethod method)
    {
        using var folder = TinyModel.EncoderFolder();
        File.WriteAllText(folder.Of("modules.json"), Modules);
        using var encoder = SentenceEncoder.Load(folder.Path, ScalarType.Float64);
        using var vectors = encoder.Embed("say a", "the day");
        using var explanation = encoder.ExplainSimilarity("say a", "the day", method);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(vectors[0].norm().item<double>(), Is.Not.EqualTo(1).Within(1e-3));
            Assert.That(explanation.Score, Is.EqualTo(encoder.Similarity("say a", "the day")).Within(1e-12));
        }
    }

    [Test]
    public void AnEncoderThatComparesByTheProductOfVectorsIsExplainedByIt()
    {
        using var folder = TinyModel.EncoderFolder();
        File.WriteAllText(folder.Of("modules.json"), Modules);
        File.WriteAllText(folder.Of("config_sentence_transformers.json"), """{ "similarity_fn_name": "dot" }""");
        using var encoder = SentenceEncoder.Load(folder.Path, ScalarType.Float64);
        using var vectors = encoder.Embed("say a", "the day");
        var product = vectors[0].dot(vectors[1]).item<double>();
        using var explanation = encoder.ExplainSimilarity("say a", "the day");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(encoder.Similarity("say a", "the day"), Is.EqualTo(product).Within(1e-12));
            Assert.That(explanation.Score, Is.EqualTo(product).Within(1e-12));
            Assert.That(encoder.ExplainPairs("say a", "the day").Score, Is.EqualTo(product).Within(1e-12));
            Assert.That(
                encoder.Flip(explanation.Text, "the day", steps: 2).MostRelevantFirst[0],
                Is.EqualTo(product).Within(1e-9)
            );
        }
    }

    [Test]
    public void MergedWordsAreNotFlipped()
    {
        using var folder = TinyModel.EncoderFolder();
        using var encoder = SentenceEncoder.Load(folder.Path, ScalarType.Float64);
        using var explanation = encoder.ExplainSimilarity("say a", "the day");
        Assert.That(
            () => encoder.Flip(explanation.Text.MergedToWords(), "the day", steps: 2),
            Throws.ArgumentException.With.Message.Contains("not merged to words")
        );
    }

    [Test]
    public void AnEncoderThatComparesByADistanceIsRefused()
    {
        using var folder = TinyModel.EncoderFolder();
        File.WriteAllText(folder.Of("config_sentence_transformers.json"), """{ "similarity_fn_name": "euclidean" }""");
        Assert.That(
            () => SentenceEncoder.Load(folder.Path),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("'euclidean'")
        );
    }

    [Test]
    public void PairsAreTheSameInBothDirections()
    {
        using var folder = TinyModel.EncoderFolder();
        using var encoder = SentenceEncoder.Load(folder.Path, ScalarType.Float64);
        var pairs = encoder.ExplainPairs("say a", "the day").Relevance;
        var turned = encoder.ExplainPairs("the day", "say a").Relevance;
        for (var row = 0; row < pairs.Count; row++)
        {
            Assert.That(pairs[row], Is.EqualTo(turned.Select(line => line[row])).Within(1e-12));
        }
    }

    [Test]
    public void NoTextIsRefused()
    {
        using var folder = TinyModel.EncoderFolder();
        using var encoder = SentenceEncoder.Load(folder.Path);
        Assert.That(() => encoder.Embed(), Throws.ArgumentException.With.Message.Contains("at least one text"));
    }

    [Test]
    public void InInferenceModeNothingIsExplained()
    {
        using var folder = TinyModel.EncoderFolder();
        using var encoder = SentenceEncoder.Load(folder.Path);
        using var mode = inference_mode();
        Assert.That(
            () => encoder.ExplainSimilarity("say a", "the day"),
            Throws.InvalidOperationException.With.Message.Contains("inference_mode")
        );
    }

    [Test]
    public void TheTransformerIsReadFromTheFolderThatItsModuleNames()
    {
        using var folder = TinyModel.EncoderFolder();
        using var whole = SentenceEncoder.Load(folder.Path, ScalarType.Float64);
        var inner = folder.Of("0_Transformer");
        Directory.CreateDirectory(inner);
        foreach (var file in Directory.GetFiles(folder.Path))
        {
            File.Move(file, Path.Combine(inner, Path.GetFileName(file)));
        }

        File.WriteAllText(Path.Combine(inner, "sentence_roberta_config.json"), """{ "max_seq_length": 6 }""");
        File.WriteAllText(folder.Of("modules.json"), Modules.Replace("\"\"", "\"0_Transformer\""));
        using var encoder = SentenceEncoder.Load(folder.Path, ScalarType.Float64);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(encoder.Similarity("say a", "day"), Is.EqualTo(whole.Similarity("say a", "day")).Within(1e-12));
            Assert.That(() => encoder.Embed("say a day"), Throws.ArgumentException.With.Message.Contains("6 at most"));
        }
    }

    [TestCase("{}", "no list")]
    [TestCase("[{}]", "'type'")]
    [TestCase("[1]", "'type'")]
    [TestCase("""[{ "type": "sentence_transformers.models.Pooling" }]""", "'path'")]
    public void AListOfModulesThatIsDamagedIsRefused(string modules, string word)
    {
        using var folder = TinyModel.EncoderFolder();
        File.WriteAllText(folder.Of("modules.json"), modules);
        Assert.That(
            () => SentenceEncoder.Load(folder.Path),
            Throws.TypeOf<FormatException>().With.Message.Contains("modules.json").And.Message.Contains(word)
        );
    }

    [Test]
    public void TextsAreReadInLowerCaseAndShownAsTheyWereTypedWhereTheFolderAsksForIt()
    {
        using var folder = TinyModel.EncoderFolder();
        File.WriteAllText(folder.Of("sentence_bert_config.json"), """{ "do_lower_case": true }""");
        using var encoder = SentenceEncoder.Load(folder.Path, ScalarType.Float64);
        using var typed = encoder.ExplainSimilarity("SAY a", "the day");
        using var lower = encoder.ExplainSimilarity("say a", "the day");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(typed.Relevance, Is.EqualTo(lower.Relevance));
            Assert.That(typed.Text.Text, Is.EqualTo("SAY a"));
        }
    }

    [Test]
    public void APromptBeforeEachTextIsRefused()
    {
        using var folder = TinyModel.EncoderFolder();
        File.WriteAllText(
            folder.Of("config_sentence_transformers.json"),
            """{ "prompts": { "query": "query: " }, "default_prompt_name": "query" }"""
        );
        Assert.That(
            () => SentenceEncoder.Load(folder.Path),
            Throws.TypeOf<NotSupportedException>().With.Message.Contain("default_prompt_name")
        );
    }

    [Test]
    public void AModelWithAHeadIsRefused()
    {
        using var folder = new TemporaryFolder();
        TinyModel.Copy(folder.Path, "bert-2");
        TinyModel.WriteTokenizer(folder.Path);
        Assert.That(
            () => SentenceEncoder.Load(folder.Path),
            Throws.TypeOf<NotSupportedException>().With.Message.Contain("BertForMaskedLM").And.Message.Contain("head")
        );
    }

    [Test]
    public void AnUnknownModuleIsNamed()
    {
        using var folder = TinyModel.EncoderFolder();
        File.WriteAllText(
            folder.Of("modules.json"),
            Modules.Replace("Transformer\"", "Dense\"", StringComparison.Ordinal)
        );
        Assert.That(
            () => SentenceEncoder.Load(folder.Path),
            Throws.TypeOf<NotSupportedException>().With.Message.Contain("Dense")
        );
    }
}
