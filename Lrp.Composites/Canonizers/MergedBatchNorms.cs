using Lrp.Core;
using TorchSharp;

namespace Lrp.Composites.Canonizers;

/// <summary>The merges in one model, undone in reverse.</summary>
internal sealed class MergedBatchNorms : IDisposable
{
    private readonly Stack<BatchNormMerge> _merges = new();

    /// <summary>
    /// Fails where a layer's weights serve elsewhere too: merged into them, the normalization would act there as well.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="linear">The layer.</param>
    /// <param name="batchNorm">The name of the batch normalisation.</param>
    /// <param name="callsAreKnown">
    /// Whether all calls of this module were seen, so that it does not matter under how many names it is in the model.
    /// </param>
    /// <exception cref="InvalidOperationException">They do; the message names the modules.</exception>
    public static void ThrowIfUsedElsewhere(
        torch.nn.Module model,
        torch.nn.Module linear,
        string batchNorm,
        bool callsAreKnown = false
    )
    {
        var names = ModuleTree
            .WalkAllNames(model)
            .Where(entry => ReferenceEquals(entry.Module, linear) || SharesParameters(entry.Module, linear))
            .Select(entry => $"'{entry.Name}'")
            .ToList();
        var others = ModuleTree
            .Walk(model)
            .Any(entry => !ReferenceEquals(entry.Module, linear) && SharesParameters(entry.Module, linear));
        if (others || (names.Count > 1 && !callsAreKnown))
        {
            throw new InvalidOperationException(
                $"Batch normalisation '{batchNorm}' cannot be merged: {string.Join(" and ", names)} are one layer "
                    + "or share "
                    + "weights, and the merged weights would change each of them. Leave the canonizer out, or "
                    + $"name the other pairs with {nameof(NamedMergeBatchNorm)}."
            );
        }
    }

    /// <summary>Watches the calls that follow; ends with the merges.</summary>
    public MergeWatch? Watch { get; set; }

    public void Add(BatchNormMerge merge) => _merges.Push(merge);

    /// <inheritdoc cref="BatchNormMerge.KeepEpsilon"/>
    public void KeepEpsilon()
    {
        foreach (var merge in _merges)
        {
            merge.KeepEpsilon();
        }
    }

    /// <summary>Fails where a layer or a normalization is named twice.</summary>
    public static void ThrowIfNamedTwice(IEnumerable<string> names)
    {
        var twice = names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (twice is not null)
        {
            throw new ArgumentException(
                $"'{twice}' is named in two pairs; a layer is followed by one batch normalisation, and a batch "
                    + "normalisation is merged once."
            );
        }
    }

    public void Dispose()
    {
        Watch?.Dispose();
        while (_merges.TryPop(out var merge))
        {
            merge.Dispose();
        }
    }

    private static bool SharesParameters(torch.nn.Module module, torch.nn.Module other) =>
        module
            .named_parameters(false)
            .Any(own => other.named_parameters(false).Any(theirs => ReferenceEquals(own.parameter, theirs.parameter)));
}
