using System.Text.Json;
using Lrp.Attribution;
using Lrp.Models;
using Lrp.Models.Methods;
using Lrp.Tests.Examples;
using Lrp.Tests.Models.Text;
using TorchSharp;

namespace Lrp.Tests.Cli;

/// <summary><c>lrp explain</c> and <c>lrp compare</c> on a text.</summary>
[TestFixture]
public sealed class TextCommandTests
{
    private TemporaryFolder _folder = null!;
    private LanguageModel _model = null!;

    [OneTimeSetUp]
    public void Load()
    {
        _folder = new TemporaryFolder();
        TinyModel.Load(_folder.Path).Dispose();
        _model = LanguageModel.Load(_folder.Path, torch.ScalarType.Float32);
    }

    [OneTimeTearDown]
    public void Free()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void TheNumbersAreThoseOfTheLibrary()
    {
        using var expected = _model.Explain("say a", Target.Next("b", against: "c"), RelevanceMethod.CpLrp);
        var run = Explain("--target", "b", "--against", "c", "--method", "cp-lrp", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        var relevance = json.RootElement.GetProperty("relevance").EnumerateArray().Select(value => value.GetDouble());
        using var all = Assert.EnterMultipleScope();
        Assert.That(relevance, Is.EqualTo(expected.Relevance).Within(1e-6));
        Assert.That(json.RootElement.GetProperty("against").GetString(), Is.EqualTo("c"));
    }

    [Test]
    public void WithoutAnOutputTheWordsAreShownWithTheirRelevance()
    {
        var run = Explain();
        using var all = Assert.EnterMultipleScope();
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Contain("AttnLRP").And.Contain("say a").And.Not.Contain('\u001b'));
    }

    [Test]
    public void ALayerIsExplainedByItsNumber()
    {
        using var expected = _model.Explain("say a");
        var run = Explain("--layer", "1", "--json");
        using var json = JsonDocument.Parse(run.Output);
        var relevance = json.RootElement.GetProperty("relevance").EnumerateArray().Select(value => value.GetDouble());
        Assert.That(relevance, Is.EqualTo(expected.Text.Layers![1]).Within(1e-6));
    }

    [TestCase("why.html", "<html")]
    [TestCase("why.json", "\"relevance\"")]
    public void TheFileIsWrittenInTheFormatOfItsEnding(string name, string content)
    {
        var path = _folder.Of("new", name);
        var run = Explain("--out", path);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(File.ReadAllText(path), Does.Contain(content));
    }

    [Test]
    public void AComparisonHasTheCurvesOfEachMethodAndTheCorrelationOfTheMaps()
    {
        var run = CommandRun.Of("compare", "--model", _folder.Path, "--text", "say a th", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        var methods = json.RootElement.GetProperty("methods").EnumerateArray().ToList();
        var score = json.RootElement.GetProperty("score").GetDouble();
        using var all = Assert.EnterMultipleScope();
        Assert.That(
            methods.Select(method => method.GetProperty("method").GetString()),
            Is.EqualTo(new[] { "attnlrp", "cp-lrp", "gradient-times-input" })
        );
        foreach (var method in methods)
        {
            // Both begin or end with the whole text, and with a text without its tokens.
            var deletion = method.GetProperty("deletion").EnumerateArray().Select(value => value.GetDouble()).ToList();
            var insertion = method
                .GetProperty("insertion")
                .EnumerateArray()
                .Select(value => value.GetDouble())
                .ToList();
            Assert.That(deletion[0], Is.EqualTo(score).Within(1e-5));
            Assert.That(insertion[^1], Is.EqualTo(score).Within(1e-5));
            Assert.That(insertion[0], Is.EqualTo(deletion[^1]).Within(1e-5));
        }

        Assert.That(json.RootElement.GetProperty("correlations").GetArrayLength(), Is.EqualTo(3));
    }

    [Test]
    public void ATextThatIsReadBehindAnotherIsPartOfTheExplanation()
    {
        using var folder = new TemporaryFolder();
        using var model = PairModel.Load(folder, "bert-2", "ForQuestionAnswering", "qa_outputs", "bert.");
        using var expected = model.Explain(
            new TextPair("who sleeps", "the cat"),
            Target.Answer("cat", against: "the"),
            RelevanceMethod.AttnLrp
        );
        string[] pair = ["explain", "--model", folder.Path, "--text", "who sleeps", "--text-pair", "the cat"];
        var run = CommandRun.Of([.. pair, "--target", "cat", "--against", "the", "--json"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        var relevance = json.RootElement.GetProperty("relevance").EnumerateArray().Select(value => value.GetDouble());
        Assert.That(relevance, Is.EqualTo(expected.Relevance).Within(1e-4));
        CommandRun.Refused([.. pair, "--against-text", "a"], "--against-text is for sentence encoders");
        CommandRun.Refused([.. pair[..^1], " "], "--text-pair is empty");
        CommandRun.Refused([.. pair, "--target", " "], "words of --text-pair");
        CommandRun.Refused([.. pair[..^2], "--against-text", "a"], "lrp without --against-text");
        CommandRun.Refused(pair[..^2], "as --text-pair");
    }

    [Test]
    public void AtALayerTwoTextsAreStillTwo()
    {
        using var folder = new TemporaryFolder();
        PairModel.Load(folder, "bert-0").Dispose();
        string[] pair = ["explain", "--model", folder.Path, "--text", "who sleeps", "--text-pair", "the cat"];
        var run = CommandRun.Of([.. pair, "--layer", "1", "--json"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        Assert.That(json.RootElement.GetProperty("secondStart").GetInt32(), Is.EqualTo(11));
    }

    [Test]
    public void AClassByItsNumberIsComparedWithAnother()
    {
        using var folder = new TemporaryFolder();
        using var model = PairModel.Load(folder, "bert-0");
        using var expected = model.Explain("who sleeps", Target.Difference(1, 0));
        string[] text = ["explain", "--model", folder.Path, "--text", "who sleeps"];
        var run = CommandRun.Of([.. text, "--target", "1", "--against", "0", "--json"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        Assert.That(json.RootElement.GetProperty("score").GetDouble(), Is.EqualTo(expected.Score).Within(1e-4));
        CommandRun.Refused([.. text, "--target", "1", "--against", "9"], "no class '9'", "give a number, or a name");
    }

    [Test]
    public void TheClassOfAWordIsAskedForByTheWord()
    {
        using var folder = new TemporaryFolder();
        using var model = PairModel.Load(folder, "bert-2", "ForTokenClassification", "classifier", "bert.");
        using var expected = model.Explain("the red cat", Target.Tag("cat", "end", against: "begin"));
        string[] text = ["explain", "--model", folder.Path, "--text", "the red cat"];
        var run = CommandRun.Of([.. text, "--word", "cat", "--target", "end", "--against", "begin", "--json"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        Assert.That(json.RootElement.GetProperty("score").GetDouble(), Is.EqualTo(expected.Score).Within(1e-4));
        CommandRun.Refused(text, "as --word");
        CommandRun.Refused(["explain", "--model", _folder.Path, "--text", "say a", "--word", "a"], "--word");
    }

    [Test]
    public void ASentenceEncoderExplainsTheSimilarityToAnotherText()
    {
        using var folder = TinyModel.EncoderFolder();
        string[] model = ["explain", "--model", folder.Path, "--text", "say a"];
        var run = CommandRun.Of([.. model, "--against-text", "say b", "--json"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var encoder = SentenceEncoder.Load(folder.Path, torch.ScalarType.Float32);
        using var json = JsonDocument.Parse(run.Output);
        Assert.That(
            json.RootElement.GetProperty("score").GetDouble(),
            Is.EqualTo(encoder.Similarity("say a", "say b")).Within(1e-5)
        );
        CommandRun.Refused(model, "--against-text");
    }

    private CommandRun Explain(params string[] more) =>
        CommandRun.Of(["explain", "--model", _folder.Path, "--text", "say a", .. more]);
}
