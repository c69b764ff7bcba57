using Lrp.Models.Methods;
using Lrp.Models.Vision;
using Lrp.Tests.Models.Transformers;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Vision;

/// <summary>Compares a network for images with plain operations.</summary>
internal static class PlainAgreement
{
    /// <summary>Asserts logits, and the relevance of the second one by AttnLRP in both forms.</summary>
    /// <param name="network">The network.</param>
    /// <param name="image">One image.</param>
    /// <param name="expected">The logits that plain operations give.</param>
    /// <param name="relevance">The relevance of the image that they give.</param>
    public static void AssertExplains(
        nn.Module<Tensor, Tensor> network,
        Tensor image,
        Tensor expected,
        Tensor relevance
    )
    {
        foreach (var form in Enum.GetValues<RelevanceForm>())
        {
            var input = image.clone().requires_grad_();
            using var registration = VisionPresets.AttnLrp(form: form).Register(network);
            var logits = network.call(input);
            logits[0, 1].backward();
            using (Assert.EnterMultipleScope())
            {
                Assert.That(PlainNetwork.Distance(logits, expected), Is.LessThan(1e-9), "logits");
                Assert.That(PlainNetwork.Distance(input.grad!, relevance), Is.LessThan(1e-6), $"relevance, {form}");
            }
        }
    }
}
