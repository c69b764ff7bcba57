using Lrp.Attribution;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models;

/// <summary>A class of a text by its name in config.json.</summary>
/// <param name="label">The name.</param>
/// <param name="against">The name of a class that it is compared with; null for none.</param>
internal sealed class LabelTarget(string label, string? against) : TextTarget
{
    internal override Func<Tensor, ResolvedTarget> Resolve(LanguageModel model, ReadText read)
    {
        ThrowUnless(model, TransformerTask.TextClass, "Target.Label");
        var labels = model.Transformer.Configuration.Labels;
        var own = labels.PlaceOf(label);
        var target = against is null ? Target.Class(own) : Target.Difference(own, labels.PlaceOf(against));
        return _ => new ResolvedTarget(target, label, against);
    }
}
