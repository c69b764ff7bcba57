using Lrp.Core.Hooks;
using Lrp.Models.Methods;
using Lrp.Models.Transformers;
using TorchSharp;
using static Lrp.Tests.Models.Transformers.ExplainedText;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Transformers;

/// <summary>What an explainer keeps of a pass, runs again, holds and lets go.</summary>
[TestFixture]
public sealed class TransformerExplainerTests
{
    [Test]
    public void OutputsOfOnePassAreExplainedOneAfterTheOther()
    {
        using var model = Folders.Load("gpt2-0");
        using var ids = tensor(Ids);
        using var explainer = new TransformerExplainer(model);
        using var pass = explainer.Run(ids);
        using var first = pass.Explain(
            [
                [5, 7],
            ],
            keepsGraph: true
        );
        using var second = pass.Explain([
            [3, 9],
        ]);
        using var alone = Alone([
            [3, 9],
        ]);
        using (Assert.EnterMultipleScope())
        {
            AssertEqual([second.Text.Relevance], [alone.Text.Relevance]);
            AssertEqual(second.Text.Latents, alone.Text.Latents);
            AssertEqual(second.Text.Heads, alone.Text.Heads);
        }

        TokenRelevance Alone(IReadOnlyList<IReadOnlyList<long>> target)
        {
            using var other = explainer.Run(ids);
            return other.Explain(target);
        }
    }

    [Test]
    public void AnExplainerLeavesTheModelAsItWas()
    {
        using var scope = NewDisposeScope();
        using var model = Folders.Load("gpt2-0");
        var ids = tensor(Ids);
        var before = model.call(ids, null, null, null);
        using (var explainer = new TransformerExplainer(model))
        {
            using var pass = explainer.Run(ids);
            Assert.That(pass.Logits.equal(before).all().ToBoolean(), Is.True, "rules change no values");
        }

        Assert.That(model.call(ids, null, null, null).equal(before).all().ToBoolean(), Is.True);
        Assert.DoesNotThrow(() => new TransformerExplainer(model).Dispose());
    }

    [Test]
    public void AModelHasOneExplainerAtATime()
    {
        using var model = Folders.Load("gpt2-0");
        using var explainer = new TransformerExplainer(model);
        Assert.That(
            () => new TransformerExplainer(model),
            Throws.InvalidOperationException.With.Message.Contains("registered already")
        );
    }

    [TestCase("llama-0")]
    [TestCase("qwen3_moe-0")]
    [TestCase("albert-0")]
    [TestCase("modernbert-0")]
    [TestCase("gpt_neox-0")]
    [TestCase("bart-0")]
    public void BlocksThatRunAgainGiveTheSameRelevance(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Folders.Load(name);
        foreach (var form in Enum.GetValues<RelevanceForm>())
        {
            var kept = Explain(form, recomputesBlocks: false);
            var again = Explain(form, recomputesBlocks: true);
            AssertEqual(again, kept);
            Assert.That(again, Has.Count.GreaterThan(5));
        }

        List<Tensor> Explain(RelevanceForm form, bool recomputesBlocks)
        {
            using var explainer = new TransformerExplainer(
                model,
                form: form,
                parts: RelevanceParts.All,
                recomputesBlocks: recomputesBlocks
            );
            using var pass = explainer.Run(tensor(EndedIds));

            // Twice, since the second explanation of a pass has to find nothing of the first.
            pass.Explain(logits => logits.flatten(1).select(1, 0), keepsGraph: true).Dispose();
            var why = pass.Explain(logits => logits.flatten(1).select(1, -1));
            return [.. AllOf(why.Text), .. why.Decoder is { } decoder ? AllOf(decoder) : []];
        }

        static IEnumerable<Tensor> AllOf(StackRelevance stack) =>
            [
                stack.Relevance,
                .. stack.Latents,
                .. stack.Heads,
                .. stack.CrossHeads,
                .. stack.Neurons.Values,
                .. stack.Experts.Values,
            ];
    }

    [TestCase(false, 1)]
    [TestCase(true, 2)]
    public void ABlockRunsAsOftenAsItIsTold(bool recomputesBlocks, int expected)
    {
        using var model = Folders.Load("llama-0");
        using var ids = tensor(Ids);
        using var explainer = new TransformerExplainer(model, recomputesBlocks: recomputesBlocks);
        var runs = 0;
        using var hook = ModuleHooks.Attach(
            model.Stacks[0].Passes.First()[0].Attention.Heads,
            new Change(output =>
            {
                runs++;
                return output;
            })
        );
        using var pass = explainer.Run(ids);
        using var why = pass.Explain(LastToken);
        Assert.That(runs, Is.EqualTo(expected));
    }

    [TestCase("bert-0", ScalarType.Float16, 0.02)]
    [TestCase("bert-0", ScalarType.BFloat16, 0.05)]
    [TestCase("llama-0", ScalarType.Float16, 0.02)]
    [TestCase("gpt2-0", ScalarType.Float16, 0.02)]
    public void RelevanceInHalfPrecisionIsRightToTheDigitsThatItHas(string name, ScalarType half, double off)
    {
        using var scope = NewDisposeScope();
        using var exactModel = Folders.Load(name);
        using var model = Transformer.Load(Folders.Of(name), half);
        foreach (var method in Enum.GetValues<RelevanceMethod>())
        {
            var exact = Explain(exactModel, method);
            var rounded = Explain(model, method).to_type(ScalarType.Float64);
            Assert.That((rounded - exact).abs().max().ToDouble(), Is.LessThan(off * exact.abs().max().ToDouble()));
        }

        static Tensor Explain(Transformer model, RelevanceMethod method)
        {
            using var explainer = new TransformerExplainer(model, method);
            using var pass = explainer.Run(tensor(Ids));
            using var why = pass.Explain(logits => logits.flatten(1).select(1, -1));
            return why.Text.Tokens.clone();
        }
    }

    [Test]
    public void TheExplicitFormIsRefusedInTheRangeOfFloat16()
    {
        using var model = Transformer.Load(Folders.Of("llama-0"), ScalarType.Float16);
        Assert.That(
            () => new TransformerExplainer(model, form: RelevanceForm.Explicit),
            Throws.ArgumentException.With.Message.Contains("float16").And.Message.Contains("efficient form")
        );
    }

    [TestCase("bert-0")]
    [TestCase("mixtral-0")]
    [TestCase("bart-0")]
    public void AnExplanationHoldsNoMemoryAfterIt(string name)
    {
        using var model = Folders.Load(name);
        Explain();
        var before = HeldMemory.Now();
        for (var k = 0; k < 3; k++)
        {
            Explain();
        }

        HeldMemory.AssertNoMoreThan(before);

        void Explain()
        {
            using var ids = tensor(
                new long[,]
                {
                    { 5, 17, 33, 8, 41, 2 },
                }
            );
            foreach (var form in Enum.GetValues<RelevanceForm>())
            {
                using var explainer = new TransformerExplainer(model, form: form);
                using var pass = explainer.Run(ids);
                using var why = pass.Explain([name == "mixtral-0" ? [5, 1] : [1]]);
            }
        }
    }
}
