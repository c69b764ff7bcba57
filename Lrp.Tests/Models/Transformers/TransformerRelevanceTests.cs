using Lrp.Core;
using Lrp.Core.Hooks;
using Lrp.Models.Methods;
using Lrp.Models.Transformers;
using TorchSharp;
using static Lrp.Tests.Models.Transformers.ExplainedText;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Transformers;

/// <summary>What the parts of an explanation mean.</summary>
[TestFixture]
public sealed class TransformerRelevanceTests
{
    private const double Close = 1e-9;

    [Test]
    public void CpLrpConservesRelevanceFromBlockToBlockWhereNothingHasABias()
    {
        using var model = Folders.Load("llama-0");
        using var ids = tensor(Ids);
        using var why = model.Explain(ids, LastToken, method: RelevanceMethod.CpLrp);
        var explained = why.Explained.ToDouble();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(why.Text.Tokens.sum().ToDouble(), Is.EqualTo(explained).Within(Close));
            Assert.That(
                why.Text.Latents.Select(latent => latent.sum().ToDouble()),
                Is.All.EqualTo(explained).Within(Close)
            );
        }
    }

    [TestCase("llama-0", RelevanceMethod.AttnLrp)]
    [TestCase("qwen3_moe-0", RelevanceMethod.AttnLrp)]
    [TestCase("qwen3_moe-0", RelevanceMethod.CpLrp)]
    [TestCase("gpt2-0", RelevanceMethod.GradientTimesInput)]
    public void BothFormsAgreeAboutHeadsAndExperts(string name, RelevanceMethod method)
    {
        using var model = Folders.Load(name);
        using var ids = tensor(Ids);
        using var efficient = model.Explain(ids, LastToken, method: method, form: RelevanceForm.Efficient);
        using var explicitly = model.Explain(ids, LastToken, method: method, form: RelevanceForm.Explicit);
        using (Assert.EnterMultipleScope())
        {
            AssertEqual(explicitly.Text.Heads, efficient.Text.Heads);
            AssertEqual(explicitly.Text.Experts.Values, efficient.Text.Experts.Values);
        }
    }

    [Test]
    public void RelevanceOfAHeadIsHowTheLogitChangesWithWhatTheHeadHasRead()
    {
        using var model = Folders.Load("llama-0");
        using var ids = tensor(Ids);
        using var why = model.Explain(ids, LastToken, method: RelevanceMethod.GradientTimesInput);
        const int Block = 1;
        const int Head = 2;
        var heads = model.Stacks[0].Passes.ElementAt(Block)[0].Attention.Heads;
        var slope = Slope(
            model,
            ids,
            heads,
            (output, factor) =>
            {
                var changed = output.clone();
                changed.select(1, Head).mul_(factor);
                return changed;
            }
        );
        Assert.That(why.Text.Heads[Block].select(1, Head).sum().ToDouble(), Is.EqualTo(slope).Within(1e-6));
    }

    [Test]
    public void RelevanceOfAnExpertIsHowTheLogitChangesWithItsOutput()
    {
        using var model = Folders.Load("mixtral-0");
        using var ids = tensor(Ids);
        using var why = model.Explain(ids, LastToken, method: RelevanceMethod.GradientTimesInput);
        var relevance = why.Text.Experts[0];
        var used = Enumerable
            .Range(0, (int)relevance.shape[2])
            .First(expert => relevance.select(2, expert).abs().sum().ToDouble() > 0);
        var module = ModuleTree.Walk(model).First(entry => entry.Name == $"stack.blocks.0.mlp.experts.{used}").Module;
        var slope = Slope(model, ids, module, (output, factor) => output.mul(factor));
        Assert.That(relevance.select(2, used).sum().ToDouble(), Is.EqualTo(slope).Within(1e-6));
    }

    [TestCase(RelevanceForm.Efficient)]
    [TestCase(RelevanceForm.Explicit)]
    public void TheDifferenceOfTwoLogitsIsExplainedByTheDifferenceOfTheirRelevance(RelevanceForm form)
    {
        using var scope = NewDisposeScope();
        using var model = Folders.Load("gpt2-0");
        using var explainer = new TransformerExplainer(model, form: form);
        var ids = tensor(Ids);
        using var pass = explainer.Run(ids);
        using var one = pass.Explain(
            [
                [5, 7],
            ],
            keepsGraph: true
        );
        using var other = pass.Explain(
            [
                [5, 9],
            ],
            keepsGraph: true
        );
        using var both = pass.Explain(logits => logits.select(1, 5).select(1, 7) - logits.select(1, 5).select(1, 9));
        AssertEqual([both.Text.Relevance], [one.Text.Relevance.sub(other.Text.Relevance)]);
    }

    [Test]
    public void PaddingHasNoRelevance()
    {
        using var scope = NewDisposeScope();
        using var model = Folders.Load("llama-0");
        var ids = tensor(
            new long[,]
            {
                { 0, 0, 33, 8, 41, 12 },
            }
        );
        var mask = tensor(
            new long[,]
            {
                { 0, 0, 1, 1, 1, 1 },
            }
        );
        using var why = model.Explain(ids, LastToken, mask);
        Assert.That(why.Text.Relevance.narrow(1, 0, 2).abs().max().ToDouble(), Is.Zero);
    }

    [Test]
    public void AnEncoderWithADecoderHasRelevanceInBoth()
    {
        using var model = Folders.Load("bart-0");
        using var ids = tensor(
            new long[,]
            {
                { 5, 17, 33, 8, 41, 2 },
            }
        );
        using var why = model.Explain(
            ids,
            [
                [1],
            ]
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(why.Text.Tokens.abs().sum().ToDouble(), Is.Positive);
            Assert.That(why.Decoder!.Tokens.abs().sum().ToDouble(), Is.Positive);
            Assert.That(why.Decoder.CrossHeads, Has.Count.EqualTo(2));
            Assert.That(why.Text.CrossHeads, Is.Empty);
        }
    }

    [Test]
    public void RelevanceOfANeuronIsHowTheLogitChangesWithIt()
    {
        using var model = Folders.Load("llama-0");
        using var ids = tensor(Ids);
        using var explainer = new TransformerExplainer(
            model,
            RelevanceMethod.GradientTimesInput,
            parts: RelevanceParts.Neurons
        );
        using var pass = explainer.Run(ids);
        using var why = pass.Explain(LastToken);
        const int Block = 1;
        const int Neuron = 3;
        var product = ModuleTree.Walk(model).First(entry => entry.Name == $"stack.blocks.{Block}.mlp.product").Module;
        var slope = Slope(
            model,
            ids,
            product,
            (output, factor) =>
            {
                var changed = output.clone();
                changed.select(-1, Neuron).mul_(factor);
                return changed;
            }
        );
        Assert.That(why.Text.Neurons[Block].select(-1, Neuron).sum().ToDouble(), Is.EqualTo(slope).Within(1e-6));
    }

    [TestCase("llama-0")]
    [TestCase("gpt2-0")]
    [TestCase("mixtral-0")]
    public void TheExplicitPresetIsAnOrdinaryComposite(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Folders.Load(name);
        var ids = tensor(Ids);
        using var why = model.Explain(ids, LastToken);
        using var registration = TransformerPresets.AttnLrp(RelevanceForm.Explicit).Register(model);
        var logits = model.call(ids, null, null, null);
        logits.select(1, 5).select(1, 7).sum().backward();
        registration.ThrowIfFaulted();
        AssertEqual([registration.Embeddings[0].Relevance], [why.Text.Relevance]);
    }

    [Test]
    public void AModelWithoutAHeadIsExplainedAtItsStates()
    {
        using var scope = NewDisposeScope();
        using var folder = Folders.Copy("modernbert-0");
        folder.Edit("ModernBertForSequenceClassification", "ModernBertModel");
        var path = folder.Of("model.safetensors");
        Dictionary<string, Tensor> weights;
        using (var file = Lrp.Checkpoints.SafetensorsFile.Open(path))
        {
            weights = file.ReadAll();
        }

        Lrp.Checkpoints.SafetensorsFile.Save(
            path,
            weights.Where(entry => entry.Key.StartsWith("model.", StringComparison.Ordinal))
        );
        using var model = Transformer.Load(folder.FullPath, ScalarType.Float64);
        var ids = tensor(Ids);
        var relevance = Enum.GetValues<RelevanceForm>().Select(Explain).ToList();
        AssertEqual([relevance[1]], [relevance[0]]);

        Tensor Explain(RelevanceForm form)
        {
            using var explainer = new TransformerExplainer(model, form: form);
            using var pass = explainer.Run(ids);
            using var why = pass.Explain(states => states.select(1, 0).square().sum(-1));
            return why.Text.Relevance.clone();
        }
    }

    /// <summary>How the explained logit changes with a factor of a module's output, at factor 1.</summary>
    private static double Slope(Transformer model, Tensor ids, nn.Module module, Func<Tensor, double, Tensor> change)
    {
        const double Step = 1e-5;
        return (Logit(1 + Step) - Logit(1 - Step)) / (2 * Step);

        double Logit(double factor)
        {
            using var scope = NewDisposeScope();
            using var grad = no_grad();
            using var hook = ModuleHooks.Attach(module, new Change(output => change(output, factor)));
            return model.call(ids, null, null, null)[0, 5, 7].ToDouble();
        }
    }
}
