using System.Text.Json;
using Lrp.Models.Methods;
using Lrp.Models.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>
/// A language model's folder beside the case: its logits, and relevance by each method in both forms.
/// </summary>
public sealed class TransformerRunner : IGoldenRunner
{
    private const double LogitTolerance = 1e-9;

    public IReadOnlyCollection<string> Kinds => ["attnlrp"];

    public void Run(GoldenCase golden)
    {
        using var model = Transformer.Load(Path.GetDirectoryName(golden.Path)!, ScalarType.Float64);
        CompareMethod(golden, model, "", MethodRules.AttnLrp, RelevanceForm.Efficient, recomputesBlocks: true);
        foreach (var form in Enum.GetValues<RelevanceForm>())
        {
            CompareMethod(golden, model, "", MethodRules.AttnLrp, form);
            CompareMethod(golden, model, "cp.", MethodRules.CpLrp, form);
            Compare(
                golden,
                model,
                MethodRules.GradientTimesInput,
                form,
                (prefix, stack) => AssertClose(golden, stack.Relevance, $"{prefix}gradient_x_input", form)
            );
            if (golden.Has("softcap_gradient.relevance"))
            {
                Compare(
                    golden,
                    model,
                    MethodRules.AttnLrpWithoutCaps,
                    form,
                    (_, stack) =>
                    {
                        AssertClose(golden, stack.Relevance, "softcap_gradient.relevance", form);
                        AssertClose(golden, stack.Tokens, "softcap_gradient.relevance_tokens", form);
                    }
                );
            }
        }
    }

    private static void CompareMethod(
        GoldenCase golden,
        Transformer model,
        string method,
        MethodRules rules,
        RelevanceForm form,
        bool recomputesBlocks = false
    ) =>
        Compare(
            golden,
            model,
            rules,
            form,
            (prefix, stack) =>
            {
                AssertClose(golden, stack.Relevance, $"{method}{prefix}relevance", form);
                AssertClose(golden, stack.Tokens, $"{method}{prefix}relevance_tokens", form);
                Assert.That(golden.Has($"{method}{prefix}latent.{stack.Latents.Count}"), Is.False, "more latents");
                for (var k = 0; k < stack.Latents.Count; k++)
                {
                    AssertClose(golden, stack.Latents[k], $"{method}{prefix}latent.{k}", form);
                }
            },
            recomputesBlocks
        );

    private static void Compare(
        GoldenCase golden,
        Transformer model,
        MethodRules rules,
        RelevanceForm form,
        Action<string, StackRelevance> compare,
        bool recomputesBlocks = false
    )
    {
        using var scope = NewDisposeScope();
        using var explainer = new TransformerExplainer(model, rules, form, RelevanceParts.Shown, recomputesBlocks);
        var mask = ReadOrNull(golden, "attention_mask");
        using var pass = explainer.Run(
            golden.Read("input_ids"),
            mask,
            ReadOrNull(golden, "position_ids"),
            ReadOrNull(golden, "token_type_ids")
        );
        AssertLogits(golden, pass.Logits, mask);
        using var relevance = pass.Explain(Targets(golden.Descriptor.GetProperty("target")));
        AssertClose(golden, relevance.Explained, "explained", form);
        compare("", relevance.Text);
        if (relevance.Decoder is { } decoder)
        {
            compare("decoder.", decoder);
        }
    }

    private static void AssertLogits(GoldenCase golden, Tensor logits, Tensor? mask)
    {
        var expected = golden.Read("logits");
        var compared = logits.detach();
        if (mask is not null && expected.dim() == 3)
        {
            compared = compared.masked_fill(mask.eq(0).unsqueeze(-1), 0);
        }

        var largest = expected.abs().max().ToDouble();
        var difference = compared.sub(expected).abs().max().ToDouble();
        Assert.That(difference, Is.LessThanOrEqualTo(LogitTolerance * largest), "logits");
    }

    private static void AssertClose(GoldenCase golden, Tensor actual, string name, RelevanceForm form)
    {
        using var scope = NewDisposeScope();
        golden.AssertClose(actual, golden.Read(name), $"{name} ({form})");
    }

    private static List<IReadOnlyList<long>> Targets(JsonElement targets) =>
        [
            .. targets
                .EnumerateArray()
                .Select(target => (IReadOnlyList<long>)[.. target.EnumerateArray().Select(place => place.GetInt64())]),
        ];

    private static Tensor? ReadOrNull(GoldenCase golden, string name) => golden.Has(name) ? golden.Read(name) : null;
}
