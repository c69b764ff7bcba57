using Lrp.Models.Methods;
using Lrp.Models.Transformers;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Transformers;

/// <summary>What is done with one pass stays with it.</summary>
[TestFixture]
public sealed class TransformerPassTests
{
    private static readonly long[,] Text =
    {
        { 5, 33, 8, 41, 12, 7 },
    };

    /// <summary>A second backward pass over a graph that is gone fails in that pass only.</summary>
    [TestCase(RelevanceForm.Efficient)]
    [TestCase(RelevanceForm.Explicit)]
    public void AFailureOfOnePassIsNotThatOfAnother(RelevanceForm form)
    {
        using var scope = NewDisposeScope();
        using var model = Folders.Load("gemma2-0");
        using var explainer = new TransformerExplainer(model, form: form);
        var expected = Relevance(explainer, 3);

        using var good = explainer.Run(tensor(Text));
        using var bad = explainer.Run(tensor(Text));
        bad.Explain(logits => logits.select(1, -1).select(1, 3)).Dispose();
        try
        {
            bad.Logits.sum().backward();
        }
        catch (System.Runtime.InteropServices.ExternalException)
        {
            // libtorch may refuse it by itself
        }

        using var why = good.Explain(logits => logits.select(1, -1).select(1, 3));
        Assert.That(Distance(why.Text.Relevance, expected), Is.Zero);
    }

    [Test]
    public void ABackwardPassByHandAddsNothingToAnExplanation()
    {
        using var scope = NewDisposeScope();
        using var model = Folders.Load("llama-0");
        using var explainer = new TransformerExplainer(model);
        var expected = Relevance(explainer, 3);

        using var pass = explainer.Run(tensor(Text));
        pass.Logits.sum().backward(retain_graph: true);
        using var why = pass.Explain(logits => logits.select(1, -1).select(1, 3));
        Assert.That(Distance(why.Text.Relevance, expected), Is.Zero);
    }

    [Test]
    public void AnExplanationInsideTheFunctionOfAnotherIsRefused()
    {
        using var scope = NewDisposeScope();
        using var model = Folders.Load("llama-0");
        using var explainer = new TransformerExplainer(model);
        using var pass = explainer.Run(tensor(Text));
        Assert.That(
            () =>
                pass.Explain(logits =>
                {
                    pass.Explain(inner => inner.select(1, 0).select(1, 0), keepsGraph: true).Dispose();
                    return logits.select(1, -1).select(1, 3);
                }),
            Throws.InvalidOperationException.With.Message.Contains("before or afterwards")
        );
        using var why = pass.Explain(logits => logits.select(1, -1).select(1, 3));
        Assert.That(Distance(why.Text.Relevance, Relevance(explainer, 3)), Is.Zero, "the pass is still whole");
    }

    [Test]
    public void SeveralThreadsExplainOutputsOfOnePass()
    {
        using var scope = NewDisposeScope();
        using var model = Folders.Load("llama-0");
        using var explainer = new TransformerExplainer(model);
        var expected = Enumerable.Range(0, 4).Select(token => Relevance(explainer, token)).ToList();
        using var pass = explainer.Run(tensor(Text));
        Parallel.For(
            0,
            40,
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            k =>
            {
                using var own = NewDisposeScope();
                var why = pass.Explain(logits => logits.select(1, -1).select(1, k % 4), keepsGraph: true);
                Assert.That(Distance(why.Text.Relevance, expected[k % 4]), Is.LessThan(1e-12), $"token {k % 4}");
                why.Dispose();
            }
        );
    }

    private static Tensor Relevance(TransformerExplainer explainer, long token)
    {
        using var pass = explainer.Run(tensor(Text));
        using var why = pass.Explain(logits => logits.select(1, -1).select(1, token));
        return why.Text.Relevance.clone();
    }

    private static double Distance(Tensor one, Tensor other) => one.sub(other).abs().max().item<double>();
}
