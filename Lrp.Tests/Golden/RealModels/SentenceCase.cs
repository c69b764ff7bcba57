using Lrp.Models;
using Lrp.Models.Methods;
using Lrp.Models.Transformers;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden.RealModels;

/// <summary>MiniLM: why one sentence is similar to another.</summary>
internal static class SentenceCase
{
    public static void Run(GoldenCase golden, string folder)
    {
        using var encoder = SentenceEncoder.Load(folder, ScalarType.Float64);
        var text = golden.Descriptor.GetProperty("sentence_a").GetString()!;
        var other = golden.Descriptor.GetProperty("sentence_b").GetString()!;
        var ids = golden.Read("input_ids");
        var mask = golden.Read("attention_mask");
        var isPadded = mask.sum().item<long>() < ids.shape[1];
        Assert.That(encoder.Similarity(text, other), Is.EqualTo(golden.Read("similarity").item<double>()).Within(1e-9));
        if (!isPadded)
        {
            PackagedSentenceCase.Compare(golden);
        }

        foreach (
            var (method, prefix) in new[]
            {
                (RelevanceMethod.AttnLrp, "attnlrp"),
                (RelevanceMethod.GradientTimesInput, "gradient_times_input"),
            }
        )
        {
            using var scope = NewDisposeScope();
            if (isPadded)
            {
                RunPadded(golden, encoder.Transformer, method, prefix, ids, mask);
                continue;
            }

            using var explanation = encoder.ExplainSimilarity(text, other, method);
            Assert.That(explanation.Text.Tokens.Select(token => token.Id), Is.EqualTo(ids.data<long>()));
            Compare(golden, explanation.Tensors, prefix);
        }
    }

    /// <summary>With padding, which the encoder by itself has none of.</summary>
    private static void RunPadded(
        GoldenCase golden,
        Transformer model,
        RelevanceMethod method,
        string prefix,
        Tensor ids,
        Tensor mask
    )
    {
        var pooling = new SentencePooling(IsMean: true, IsNormalized: true, LongestText: null, LowersCase: false);
        var isConstant = method != RelevanceMethod.GradientTimesInput;
        var constant = golden.Read("embedding_b_normalised");
        using var explainer = new TransformerExplainer(model, method);
        using var pass = explainer.Run(ids, mask);
        using var relevance = pass.Explain(states =>
            SentencePooling.Unit(pooling.Of(states, mask), isConstant).mul(constant).sum(1)
        );
        Compare(golden, relevance, prefix);
    }

    private static void Compare(GoldenCase golden, TokenRelevance relevance, string prefix)
    {
        golden.AssertClose(relevance.Text.Tokens[0], $"{prefix}.relevance");
        golden.AssertClose(stack(relevance.Text.Latents.Select(latent => latent[0])), $"{prefix}.hidden_relevance");
    }
}
