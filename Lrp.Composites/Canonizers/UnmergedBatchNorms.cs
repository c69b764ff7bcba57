using Lrp.Core;
using Lrp.Rules;
using Microsoft.Extensions.Logging;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Composites.Canonizers;

/// <summary>
/// Linear layers with Epsilon in front of a batch normalisation that passes relevance on: Epsilon divides by the
/// layer's output, and relevance was shared out by what the normalisation made of it, so that outputs close to zero
/// take any amount.
/// </summary>
internal static class UnmergedBatchNorms
{
    private const int Named = 3;

    /// <summary>Warns once about the pairs that follow each other in the order of declaration.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rules">The rules of its modules.</param>
    /// <param name="canonizers">Those of the composite.</param>
    /// <param name="logger">Gets the warning.</param>
    public static void Warn(
        nn.Module model,
        IReadOnlyList<(string Name, nn.Module Module, BackwardRule Rule)> rules,
        IReadOnlyList<ICanonizer> canonizers,
        ILogger? logger
    )
    {
        if (logger is null || canonizers.Any(canonizer => canonizer is MergeBatchNorm))
        {
            return;
        }

        var ruleOf = rules.ToDictionary(entry => entry.Module, entry => entry.Rule);
        var merged = canonizers.OfType<NamedMergeBatchNorm>().SelectMany(canonizer => canonizer.BatchNorms).ToHashSet();
        var pairs = new List<string>();
        (string Name, nn.Module Module)? previous = null;
        foreach (var (name, leaf) in ModuleTree.Leaves(model))
        {
            if (
                leaf is BatchNorm norm
                && previous is { } layer
                && BatchNormMerge.Outputs(layer.Module) == norm.num_features
                && ruleOf.GetValueOrDefault(layer.Module) is Epsilon
                && ruleOf.GetValueOrDefault(norm) is Pass
                && !merged.Contains(name)
            )
            {
                pairs.Add($"'{layer.Name}' with '{name}'");
            }

            previous = (name, leaf);
        }

        if (pairs.Count > 0)
        {
            logger.LogWarning(
                "Layers with Epsilon are followed by batch normalisations that are not merged into them: "
                    + "{Pairs}{More}. Relevance of outputs close to zero grows without bounds there, up to many times "
                    + "the model's output. Add new MergeBatchNorm() to the composite's canonizers, or name the pairs "
                    + "with NamedMergeBatchNorm.",
                string.Join(", ", pairs.Take(Named)),
                pairs.Count > Named ? $" and {pairs.Count - Named} more" : ""
            );
        }
    }
}
