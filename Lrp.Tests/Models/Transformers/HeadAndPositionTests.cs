using Lrp.Attribution;
using Lrp.Checkpoints;
using Lrp.Models;
using Lrp.Models.Transformers;
using Lrp.Tests.Models.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Transformers;

/// <summary>Heads that the reference cases lack, and which tokens and positions are meant.</summary>
[TestFixture]
public sealed class HeadAndPositionTests
{
    private static Tensor Ids => tensor([3L, 17, 5, 2]).unsqueeze(0);

    /// <summary>
    /// With twice the table of words as the output layer, logits without their bias are twice as large.
    /// </summary>
    [TestCase(
        "bert-2",
        "bert.embeddings.word_embeddings.weight",
        "cls.predictions.decoder.weight",
        "cls.predictions.bias"
    )]
    [TestCase("roberta-1", "roberta.embeddings.word_embeddings.weight", "lm_head.decoder.weight", "lm_head.bias")]
    public void AHeadForMaskedWordsMayHaveWeightsOfItsOwn(string name, string words, string output, string bias)
    {
        using var scope = NewDisposeScope();
        using var folder = Folders.Copy(name);
        using var tied = Transformer.Load(folder.FullPath, ScalarType.Float64);
        var weights = Rewrite(folder, all => all[output] = all[words] * 2);
        folder.Edit("\"architectures\"", "\"tie_word_embeddings\": false, \"architectures\"");
        using var untied = Transformer.Load(folder.FullPath, ScalarType.Float64);
        var constant = weights[bias].to_type(ScalarType.Float64);
        var expected = ((tied.call(Ids, null, null, null) - constant) * 2) + constant;
        AssertClose(untied.call(Ids, null, null, null), expected);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void BartWritesWithTheTableOfWordsOrWithWeightsOfItsOwn(bool isTied)
    {
        using var scope = NewDisposeScope();
        using var folder = Folders.Copy("bart-0");
        var weights = Rewrite(
            folder,
            all =>
            {
                ToWriter(all);
                all.Remove("final_logits_bias");
            }
        );
        folder.Edit("BartForSequenceClassification", "BartModel");
        using var states = Transformer.Load(folder.FullPath, ScalarType.Float64);
        var bias = randn(1, 157);
        var output = isTied ? weights["model.shared.weight"] : randn(157, 24);
        Rewrite(
            folder,
            all =>
            {
                all["final_logits_bias"] = bias;
                all["lm_head.weight"] = output;
            }
        );
        folder.Edit("\"BartModel\"", "\"BartForConditionalGeneration\"");
        folder.Edit("\"is_encoder_decoder\": true", $"\"tie_word_embeddings\": {(isTied ? "true" : "false")}");
        using var model = Transformer.Load(folder.FullPath, ScalarType.Float64);
        var expected =
            states.call(Ids, null, null, null).matmul(output.to_type(ScalarType.Float64).t())
            + bias.to_type(ScalarType.Float64);
        AssertClose(model.call(Ids, null, null, null), expected);
    }

    /// <summary>It is no model that continues a text.</summary>
    [Test]
    public void WhatComesBehindATextIsNotAskedOfAnEncoderWithADecoder()
    {
        using var folder = Folders.Copy("bart-0");
        using (NewDisposeScope())
        {
            Rewrite(folder, ToWriter);
        }

        folder.Edit("BartForSequenceClassification", "BartForConditionalGeneration");
        TinyModel.WriteTokenizer(folder.FullPath, 157);
        using var model = LanguageModel.Load(folder.FullPath);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => model.Explain("say a", Target.Next("b")),
                Throws.ArgumentException.With.Message.Contains("writes a text anew")
            );
            Assert.That(
                () => model.Continue("say a", 1),
                Throws.ArgumentException.With.Message.Contains("continues no texts")
            );
        }
    }

    /// <summary>The last token that neither the mask nor its id makes padding; this model pads with token 0.</summary>
    [TestCase(new long[] { 3, 17, 5, 0 }, null, 2)]
    [TestCase(new long[] { 3, 17, 0, 0 }, new long[] { 1, 1, 1, 0 }, 1)]
    [TestCase(new long[] { 3, 17, 5, 9 }, new long[] { 1, 1, 1, 0 }, 2)]
    [TestCase(new long[] { 3, 17, 5, 9 }, null, 3)]
    public void AClassIsReadAtTheLastTokenThatIsNoPadding(long[] text, long[]? kept, int place)
    {
        using var scope = NewDisposeScope();
        using var folder = Folders.Copy("llama-0");
        Rewrite(
            folder,
            all =>
            {
                all.Remove("lm_head.weight");
                all["score.weight"] = randn(2, 24);
            }
        );
        folder.Edit("LlamaForCausalLM", "LlamaForSequenceClassification");
        using var model = Transformer.Load(folder.FullPath, ScalarType.Float64);
        var ids = tensor(text).unsqueeze(0);
        var mask = kept is null ? null : tensor(kept).unsqueeze(0);

        // Later tokens make no difference to a decoder.
        var shorter = model.call(ids.narrow(1, 0, place + 1), null, null, null);
        AssertClose(model.call(ids, mask, null, null), shorter);
    }

    /// <summary>RoBERTa counts from one behind the id of padding on, and is given rows of its table.</summary>
    [Test]
    public void PositionsThatRobertaIsGivenAreRowsOfItsTable()
    {
        using var scope = NewDisposeScope();
        using var model = Folders.Load("roberta-1");
        AssertClose(model.call(Ids, null, tensor([2L, 3, 4, 5]).unsqueeze(0), null), model.call(Ids, null, null, null));
    }

    [TestCase("llama-0")]
    [TestCase("gemma2-0")]
    [TestCase("bert-2")]
    [TestCase("bart-0")]
    [TestCase("mixtral-0")]
    public void AModelThatChangesItsElementTypeComputesAsOneThatWasLoadedInIt(string name)
    {
        using var scope = NewDisposeScope();
        using var expected = Folders.Load(name);
        using var model = Transformer.Load(Folders.Of(name), ScalarType.Float32);
        ((nn.Module)model).to(ScalarType.Float64);
        AssertClose(model.call(Ids, null, null, null), expected.call(Ids, null, null, null));
    }

    /// <summary>Takes the head of a classifier, and gives the bias of words.</summary>
    private static void ToWriter(Dictionary<string, Tensor> weights)
    {
        foreach (var name in weights.Keys.Where(name => name.StartsWith("classification", StringComparison.Ordinal)))
        {
            weights.Remove(name);
        }

        weights["final_logits_bias"] = zeros(1, 157);
    }

    private static Dictionary<string, Tensor> Rewrite(CopiedFolder folder, Action<Dictionary<string, Tensor>> change)
    {
        var path = folder.Of("model.safetensors");
        Dictionary<string, Tensor> weights;
        using (var file = SafetensorsFile.Open(path))
        {
            weights = file.ReadAll();
        }

        change(weights);
        SafetensorsFile.Save(path, weights);
        return weights;
    }

    private static void AssertClose(Tensor actual, Tensor expected)
    {
        var difference = (actual - expected).abs().max() / expected.abs().max();
        Assert.That(difference.item<double>(), Is.LessThan(1e-9));
    }
}
