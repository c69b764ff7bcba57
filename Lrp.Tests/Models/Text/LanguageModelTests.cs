using Lrp.Attribution;
using Lrp.Models;
using Lrp.Models.Methods;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Text;

/// <summary>A folder of the hub, explained in three lines.</summary>
[TestFixture]
public sealed class LanguageModelTests : TinyModelTests
{
    [Test]
    public void TheScoreIsTheLogitOfTheTokenThatIsNamed()
    {
        using var scope = NewDisposeScope();
        using var explanation = Model.Explain("say a", Target.Next("b"));
        var ids = tensor([.. Model.Tokenizer.Encode("say a").Ids], dtype: ScalarType.Int64).unsqueeze(0);
        var logits = Model.Transformer.call(ids, null, null, null);
        var expected = logits[0, -1, Model.Tokenizer.TokenToId("b")!.Value].item<double>();
        Assert.That(explanation.Score, Is.EqualTo(expected).Within(1e-12));
        Assert.That(explanation.Text.Target, Is.EqualTo("b"));
    }

    [Test]
    public void WithoutTheSoftmaxAllOfTheLogitReachesTheTokens()
    {
        using var explanation = Model.Explain("say a", Target.Next("b"), RelevanceMethod.CpLrp);
        Assert.That(
            explanation.Relevance.Sum(),
            Is.EqualTo(explanation.Score).Within(1e-6 * Math.Abs(explanation.Score))
        );
    }

    [Test]
    public void ADifferenceIsExplainedAsTheDifferenceOfTheExplanations()
    {
        using var one = Model.Explain("say a", Target.Next("b"));
        using var other = Model.Explain("say a", Target.Next("c"));
        using var both = Model.Explain("say a", Target.Next("b", against: "c"));
        Assert.That(
            both.Relevance,
            Is.EqualTo(one.Relevance.Zip(other.Relevance, (a, b) => a - b)).Within(1e-10 * Math.Abs(one.Score))
        );
        Assert.That(both.Text.Against, Is.EqualTo("c"));
    }

    [Test]
    public void WithoutATargetThePredictedTokenIsExplained()
    {
        using var explanation = Model.Explain("say a");
        var written = Model.Continue("say a", 1);
        Assert.That(written, Is.EqualTo(explanation.Text.Target));
    }

    [Test]
    public void TokensKnowTheirPlaceInTheText()
    {
        var text = "say th";
        using var explanation = Model.Explain(text);
        var pieces = explanation.Text.Tokens.Select(token => text.Substring(token.Start, token.Length));
        Assert.That(pieces, Is.EqualTo(new[] { "s", "a", "y", " ", "th" }));
    }

    [Test]
    public void LayersAndHeadsAreExplainedToo()
    {
        using var explanation = Model.Explain("say a");
        var stack = Model.Transformer.Configuration.Stack;
        Assert.That(explanation.Text.Layers, Has.Count.EqualTo(stack.Layers + 1));
        Assert.That(explanation.Text.Heads!.Sums, Has.Count.EqualTo(stack.Layers));
        Assert.That(explanation.Text.Heads.Sums[0], Has.Count.EqualTo(stack.Attention.Heads));
        Assert.That(explanation.Text.Layers![0], Is.EqualTo(explanation.Relevance).Within(1e-9));
    }

    [Test]
    public void AnAnswerIsExplainedTokenByTokenAsEachWouldBeAlone()
    {
        var steps = Model.ExplainAnswer("say ", "abc");
        Assert.That(steps.Select(step => step.Target), Is.EqualTo(new[] { "a", "b", "c" }));
        using var last = Model.Explain("say ab", Target.Next("c"));
        Assert.That(steps[^1].Score, Is.EqualTo(last.Score).Within(1e-9));
        Assert.That(
            steps[^1].Relevance.Take(last.Relevance.Count),
            Is.EqualTo(last.Relevance).Within(1e-9 * Math.Abs(last.Score))
        );
        Assert.That(steps[^1].Relevance[^1], Is.Zero, "a token cannot be evidence for itself");
    }

    [TestCase("why.html")]
    [TestCase("why.png")]
    [TestCase("why.json")]
    [TestCase("why.txt")]
    public void AnExplanationIsSavedByTheEndingOfTheFile(string name)
    {
        using var folder = new TemporaryFolder();
        using var explanation = Model.Explain("say a");
        explanation.Save(folder.Of(name));
        Assert.That(new FileInfo(folder.Of(name)).Length, Is.GreaterThan(50));
    }

    [Test]
    public void ATargetOfSeveralTokensIsRefusedAndTheTokensAreNamed() =>
        Assert.That(
            () => Model.Explain("say a", Target.Next("bc")),
            Throws.ArgumentException.With.Message.Contain("'bc' is 2 tokens (b, c)")
        );

    [Test]
    public void AnEmptyTextIsRefused() =>
        Assert.That(() => Model.Explain(""), Throws.ArgumentException.With.Message.Contain("empty"));

    [Test]
    public void ATextThatIsTooLongIsRefusedWithBothNumbers()
    {
        var longest = (int)Model.Transformer.Configuration.LongestText!;
        Assert.That(
            () => Model.Explain(new string('a', longest + 1)),
            Throws.ArgumentException.With.Message.Contain($"{longest + 1} tokens").And.Message.Contain($"{longest}")
        );
    }

    [Test]
    public void ATargetForAnotherKindOfModelIsRefused()
    {
        Assert.That(
            () => Model.Explain("a", Target.Masked("b")),
            Throws
                .ArgumentException.With.Message.Contain("Target.Masked is for other models")
                .And.Message.Contain("Target.Next")
        );
        Assert.That(
            () => Model.Explain("a", Target.Label("POSITIVE")),
            Throws.ArgumentException.With.Message.Contain("Target.Label")
        );
    }

    [Test]
    public void AFolderWithoutATokenizerIsRefusedBeforeTheWeightsAreRead()
    {
        using var folder = new TemporaryFolder();
        TinyModel.Copy(folder.Path, "llama-0");
        File.Delete(folder.Of("model.safetensors"));
        Assert.That(
            () => LanguageModel.Load(folder.Path),
            Throws.TypeOf<FileNotFoundException>().With.Message.Contain("tokenizer.json")
        );
    }

    [Test]
    public void AnExplanationLeavesNoTensorBehind()
    {
        using (var warm = Model.Explain("say a")) { }

        var before = HeldMemory.Now();
        for (var i = 0; i < 3; i++)
        {
            using var explanation = Model.Explain("say a", Target.Next("b"));
        }

        HeldMemory.AssertNoMoreThan(before);
    }
}
