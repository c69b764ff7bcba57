using Lrp.Models.Vision;
using Lrp.Tests.Models.Transformers;
using static Lrp.Tests.Models.Transformers.MadeFolder;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Vision;

/// <summary>ViT and DeiT as the Hugging Face hub has them agree with a computation in plain operations.</summary>
[TestFixture]
public sealed class HuggingFaceVisionTests
{
    private const long Features = 12;
    private const long Layers = 2;

    /// <summary>Grey images, no biases of queries, keys and values, two classes, and epsilon as in the class.</summary>
    [TestCase("ViTForImageClassification", "vit", "gelu_pytorch_tanh")]
    [TestCase("DeiTForImageClassification", "deit", "gelu")]
    [TestCase("DeiTForImageClassificationWithTeacher", "deit", "quick_gelu")]
    public void LogitsAndRelevanceAgree(string architecture, string prefix, string activation)
    {
        using var scope = NewDisposeScope();
        var isDistilled = prefix == "deit";
        var hasTeacher = architecture.EndsWith("Teacher", StringComparison.Ordinal);
        using var folder = new MadeFolder(
            $$"""
            {
              "architectures": ["{{architecture}}"], "model_type": "{{prefix}}", "image_size": 12, "patch_size": 4,
              "num_channels": 1, "hidden_size": {{Features}}, "num_hidden_layers": {{Layers}},
              "num_attention_heads": 3, "intermediate_size": 20, "qkv_bias": false, "hidden_act": "{{activation}}"
            }
            """,
            [
                ($"{prefix}.embeddings.cls_token", [1, 1, Features]),
                ($"{prefix}.embeddings.position_embeddings", [1, isDistilled ? 11 : 10, Features]),
                ($"{prefix}.embeddings.patch_embeddings.projection.weight", [Features, 1, 4, 4]),
                ($"{prefix}.embeddings.patch_embeddings.projection.bias", [Features]),
                .. isDistilled ? [($"{prefix}.embeddings.distillation_token", [1, 1, Features])] : Nothing,
                .. Enumerable.Range(0, (int)Layers).SelectMany(layer => Block($"{prefix}.encoder.layer.{layer}.")),
                .. Norm($"{prefix}.layernorm", Features),
                .. hasTeacher
                    ? Linear("cls_classifier", Features, 2).Concat(Linear("distillation_classifier", Features, 2))
                    : Linear("classifier", Features, 2),
            ]
        );
        var image = randn(1, 1, 12, 12, dtype: ScalarType.Float64);
        var plain = new PlainNetwork(folder.Weights);
        var pixels = image.clone().requires_grad_();
        var expected = Plain(plain, pixels, prefix, hasTeacher, Function(activation));
        expected[0, 1].backward();
        var relevance = pixels.grad! * image;

        using var network = VisionTransformer.Load(folder.FullPath, ScalarType.Float64);
        PlainAgreement.AssertExplains(network, image, expected, relevance);
    }

    private static (string, long[])[] Nothing => [];

    private static Func<Tensor, Tensor> Function(string activation) =>
        activation switch
        {
            "gelu" => PlainNetwork.Gelu,
            "gelu_pytorch_tanh" => PlainNetwork.TanhGelu,
            _ => x => x * (x * 1.702).sigmoid(),
        };

    private static IEnumerable<(string, long[])> Block(string block) =>
        Norm($"{block}layernorm_before", Features)
            .Concat(Linear($"{block}attention.attention.query", Features, Features, hasBias: false))
            .Concat(Linear($"{block}attention.attention.key", Features, Features, hasBias: false))
            .Concat(Linear($"{block}attention.attention.value", Features, Features, hasBias: false))
            .Concat(Linear($"{block}attention.output.dense", Features, Features))
            .Concat(Norm($"{block}layernorm_after", Features))
            .Concat(Linear($"{block}intermediate.dense", Features, 20))
            .Concat(Linear($"{block}output.dense", 20, Features));

    private static Tensor Plain(
        PlainNetwork plain,
        Tensor pixels,
        string prefix,
        bool hasTeacher,
        Func<Tensor, Tensor> activation
    )
    {
        const double Epsilon = 1e-12;
        var patches = nn.functional.conv2d(
            pixels,
            plain[$"{prefix}.embeddings.patch_embeddings.projection.weight"],
            plain[$"{prefix}.embeddings.patch_embeddings.projection.bias"],
            [4, 4]
        );
        Tensor[] tokens = prefix == "deit" ? [plain["deit.embeddings.distillation_token"]] : [];
        var states = cat([plain[$"{prefix}.embeddings.cls_token"], .. tokens, patches.flatten(2).transpose(1, 2)], 1);
        states = states + plain[$"{prefix}.embeddings.position_embeddings"];
        for (var layer = 0; layer < Layers; layer++)
        {
            var block = $"{prefix}.encoder.layer.{layer}.";
            var normed = plain.LayerNorm(states, $"{block}layernorm_before", Epsilon);
            var read = PlainNetwork.Attend(Heads("query"), Heads("key"), Heads("value"), isCausal: false);
            states = states + plain.Linear(read, $"{block}attention.output.dense");
            var inner = plain.Linear(
                plain.LayerNorm(states, $"{block}layernorm_after", Epsilon),
                $"{block}intermediate.dense"
            );
            states = states + plain.Linear(PlainNetwork.Activated(inner, activation), $"{block}output.dense");

            Tensor Heads(string part) =>
                PlainNetwork.Heads(plain.Linear(normed, $"{block}attention.attention.{part}"), 3);
        }

        states = plain.LayerNorm(states, $"{prefix}.layernorm", Epsilon);
        return hasTeacher
            ? (plain.Linear(states[.., 0], "cls_classifier") + plain.Linear(states[.., 1], "distillation_classifier"))
                / 2
            : plain.Linear(states[.., 0], "classifier");
    }
}
