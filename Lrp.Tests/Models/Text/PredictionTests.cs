using Lrp.Attribution;
using Lrp.Models;
using Lrp.Models.Explanations;
using Lrp.Models.Transformers;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Text;

/// <summary>What is explained where no target is given, and what a target may be.</summary>
[TestFixture]
public sealed class PredictionTests
{
    [Test]
    public void OfAMaskedModelItIsTheTokenAtTheMask()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModel.Load(folder.Path, "bert-2");
        using var scope = NewDisposeScope();
        using var explanation = model.Explain("a[MASK]b");
        var ids = tensor([.. model.Tokenizer.Encode("a[MASK]b").Ids], dtype: ScalarType.Int64).unsqueeze(0);
        var expected = model.Transformer.call(ids, null, null, null)[0, 1].max().item<double>();
        Assert.That(explanation.Score, Is.EqualTo(expected).Within(1e-12));
    }

    [TestCase("ab")]
    [TestCase("[MASK]a[MASK]")]
    public void AMaskedModelIsToldWhichWordIsMeant(string text)
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModel.Load(folder.Path, "bert-2");
        Assert.That(() => model.Explain(text), Throws.ArgumentException.With.Message.Contains("one [MASK]"));
    }

    [Test]
    public void TheMaskIsNotRemovedWhenTokensAre()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModel.Load(folder.Path, "bert-2");
        using var explanation = model.Explain("a[MASK]b");
        var tokens = explanation.Text.Tokens;
        var first = model.Flip(new TextExplanation("a[MASK]b", tokens, [1, 9, 2]), steps: 2);
        var last = model.Flip(new TextExplanation("a[MASK]b", tokens, [1, -9, 2]), steps: 2);
        Assert.That(first.MostRelevantFirst, Is.EqualTo(last.MostRelevantFirst));
    }

    [Test]
    public void AModelWithoutAHeadPredictsNothing()
    {
        using var folder = TinyModel.EncoderFolder();
        Assert.That(
            () => LanguageModel.Load(folder.Path),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("SentenceEncoder")
        );
    }

    [Test]
    public void ClassesWithoutNamesAreCalledAsTransformersCallsThem()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModel.Load(folder.Path, "bert-0");
        using var explanation = model.Explain("ab", Target.Label("LABEL_1"));
        Assert.That(explanation.Text.Target, Is.EqualTo("LABEL_1"));
        Assert.That(
            () => model.Explain("ab", Target.Label("GOOD")),
            Throws.ArgumentException.With.Message.Contains("'LABEL_0', 'LABEL_1'")
        );
    }

    [Test]
    public void ClassesOfOneNameAreToldApartByTheirNumbers()
    {
        using var folder = new TemporaryFolder();
        TinyModel.Copy(folder.Path, "bert-0");
        TinyModel.WriteTokenizer(folder.Path);
        var config = File.ReadAllText(folder.Of("config.json")).TrimEnd()[..^1];
        File.WriteAllText(folder.Of("config.json"), config + ", \"id2label\": { \"0\": \"A\", \"1\": \"A\" } }");
        using var model = LanguageModel.Load(folder.Path);
        Assert.That(
            () => model.Explain("ab", Target.Label("A")),
            Throws.ArgumentException.With.Message.Contains("0 and 1").And.Message.Contains("Target.Class")
        );
    }

    [Test]
    public void AClassOfATokenIsAskedForByItsPosition()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModel.Load(folder.Path, "t5-0");
        Assert.That(
            () => model.Explain("ab"),
            Throws.ArgumentException.With.Message.Contains("Target.PredictedToken(position)")
        );
    }

    [Test]
    public void ATokenThatTheTokenizerDoesNotKnowIsCalledByItsNumber()
    {
        using var folder = new TemporaryFolder();
        TinyModel.Copy(folder.Path, "llama-0");
        TinyModel.WriteTokenizer(folder.Path, size: 40);
        using var model = LanguageModel.Load(folder.Path);
        foreach (var text in new[] { "say a", "say b", "th", "x", "z a", "q", "hello" })
        {
            Assert.DoesNotThrow(() => model.Explain(text).Dispose());
            Assert.DoesNotThrow(() => model.Continue(text, 3));
        }
    }

    [Test]
    public void ANumberThatIsNoneIsRefused()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModel.Load(folder.Path);
        using (no_grad())
        {
            model.Transformer.parameters().First().fill_(double.NaN);
        }

        Assert.That(() => model.Explain("say a"), Throws.InvalidOperationException.With.Message.Contains("NaN"));
    }

    [Test]
    public void SeveralThreadsExplainOneAfterTheOther()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModel.Load(folder.Path);
        using var alone = model.Explain("say a", Target.Next("b"));
        var expected = alone.Relevance.ToArray();
        Parallel.For(
            0,
            12,
            _ =>
            {
                using var explanation = model.Explain("say a", Target.Next("b"));
                Assert.That(explanation.Relevance, Is.EqualTo(expected).Within(1e-12));
            }
        );
    }

    [Test]
    public void ADisposedModelSaysSo()
    {
        using var folder = new TemporaryFolder();
        var model = TinyModel.Load(folder.Path);
        model.Dispose();
        Assert.That(
            () => model.Explain("say a"),
            Throws.TypeOf<ObjectDisposedException>().With.Message.Contains(nameof(LanguageModel))
        );
    }

    [Test]
    public void AGraphThatIsGoneIsNamed()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModel.Load(folder.Path);
        using var explainer = new TransformerExplainer(model.Transformer);
        using var ids = tensor(
            new long[,]
            {
                { 3, 4, 5 },
            }
        );
        using var pass = explainer.Run(ids);
        IReadOnlyList<IReadOnlyList<long>> target =
        [
            [2, 5],
        ];
        pass.Explain(target).Dispose();
        Assert.That(
            () => pass.Explain(target),
            Throws.InvalidOperationException.With.Message.Contains("keepsGraph: true")
        );
    }
}
