using Lrp.Checkpoints;
using Lrp.Models.Methods;
using Lrp.Models.Tokenizers;
using Lrp.Models.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>Models in GGUF files: their tensors, the ids of a text, logits, and the relevance of one of them.</summary>
public sealed class GgufModelRunner : IGoldenRunner
{
    private const string TensorPrefix = "tensor.";

    public IReadOnlyCollection<string> Kinds => ["gguf"];

    public void Run(GoldenCase golden)
    {
        var descriptor = golden.Descriptor;
        var folder = Path.GetDirectoryName(golden.Path)!;
        var path = Path.Combine(folder, descriptor.GetProperty("model").GetString()!);
        CompareTensors(golden, path);
        Assert.That(
            Tokenizer.Load(path).Encode(descriptor.GetProperty("text").GetString()!).Ids,
            Is.EqualTo(golden.Read("input_ids").data<long>().ToArray())
        );
        using var model = Transformer.Load(path, ScalarType.Float64);
        foreach (var form in Enum.GetValues<RelevanceForm>())
        {
            CompareRelevance(golden, model, form);
        }
    }

    private static void CompareTensors(GoldenCase golden, string path)
    {
        using var file = GgufFile.Open(path);
        Assert.That(file.Version, Is.EqualTo(golden.Descriptor.GetProperty("version").GetInt32()));
        Assert.That(file.Alignment, Is.EqualTo(golden.Descriptor.GetProperty("alignment").GetInt32()));
        foreach (var name in golden.Names.Where(name => name.StartsWith(TensorPrefix, StringComparison.Ordinal)))
        {
            using var scope = NewDisposeScope();
            GgufTensorRunner.AssertSame(file.ReadTensor(name[TensorPrefix.Length..]), golden.Read(name), name);
        }

        foreach (var sums in golden.Descriptor.GetProperty("sums").EnumerateObject())
        {
            using var scope = NewDisposeScope();
            var values = file.ReadTensor(sums.Name).to_type(ScalarType.Float64);
            var absolute = sums.Value[0].GetDouble();
            Assert.That(values.abs().sum().ToDouble(), Is.EqualTo(absolute).Within(1e-9 * absolute), sums.Name);
            Assert.That(
                values.sum().ToDouble(),
                Is.EqualTo(sums.Value[1].GetDouble()).Within(1e-9 * absolute),
                sums.Name
            );
        }
    }

    private static void CompareRelevance(GoldenCase golden, Transformer model, RelevanceForm form)
    {
        using var scope = NewDisposeScope();
        using var explainer = new TransformerExplainer(model, RelevanceMethod.AttnLrp, form);
        using var pass = explainer.Run(golden.Read("input_ids").unsqueeze(0));
        golden.AssertClose(pass.Logits.squeeze(0), golden.Read("logits"), "logits");
        var target = golden.Descriptor.GetProperty("target");
        using var why = pass.Explain([
            [target.GetProperty("position").GetInt64(), target.GetProperty("token").GetInt64()],
        ]);
        golden.AssertClose(
            why.Explained.view(1),
            tensor([golden.Descriptor.GetProperty("explained").GetDouble()]),
            "the explained logit"
        );
        golden.AssertClose(
            why.Text.Relevance.squeeze(0),
            golden.Read("relevance_embedding"),
            $"relevance_embedding ({form})"
        );
        golden.AssertClose(why.Text.Tokens.squeeze(0), golden.Read("relevance_tokens"), $"relevance_tokens ({form})");
    }
}
