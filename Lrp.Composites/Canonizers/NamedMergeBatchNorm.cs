using Lrp.Core;
using TorchSharp;
using TorchSharp.Modules;

namespace Lrp.Composites.Canonizers;

/// <summary>Merges batch normalisations into the linear layers that are named with them.</summary>
public sealed class NamedMergeBatchNorm : ICanonizer
{
    private readonly IReadOnlyList<(IReadOnlyList<string> Linears, string BatchNorm)> _pairs;

    /// <summary>Creates the canonizer.</summary>
    /// <param name="pairs">
    /// For each batch normalisation, the layers whose outputs it normalises, one or several, and its own name.
    /// </param>
    public NamedMergeBatchNorm(params IReadOnlyList<(IReadOnlyList<string> Linears, string BatchNorm)> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        _pairs = pairs;
    }

    /// <summary>Creates the canonizer for one layer per batch normalisation.</summary>
    /// <param name="pairs">The linear layer's name and the batch normalisation's name.</param>
    public NamedMergeBatchNorm(params (string Linear, string BatchNorm)[] pairs)
        : this(pairs.Select(pair => ((IReadOnlyList<string>)[pair.Linear], pair.BatchNorm)).ToList()) { }

    /// <summary>The names of the batch normalisations.</summary>
    internal IEnumerable<string> BatchNorms => _pairs.Select(pair => pair.BatchNorm);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A name is not in the model, or names something of another type.</exception>
    public IDisposable Apply(torch.nn.Module model)
    {
        var modules = ModuleTree.WalkAllNames(model).ToDictionary(entry => entry.Name, entry => entry.Module);
        MergedBatchNorms.ThrowIfNamedTwice(_pairs.SelectMany(pair => pair.Linears));
        MergedBatchNorms.ThrowIfNamedTwice(_pairs.Select(pair => pair.BatchNorm));
        var changes = new MergedBatchNorms();
        try
        {
            foreach (var (linears, batchNorm) in _pairs)
            {
                if (Find(batchNorm) is not BatchNorm norm)
                {
                    throw new ArgumentException(
                        $"'{batchNorm}' is a {Find(batchNorm).GetType().Name}, not a batch normalisation."
                    );
                }

                var layers = linears.Select(name => FindLinear(name, norm)).ToList();
                layers.ForEach(layer => MergedBatchNorms.ThrowIfUsedElsewhere(model, layer, batchNorm));
                changes.Add(new BatchNormMerge(layers, norm, batchNorm));
            }
        }
        catch
        {
            changes.Dispose();
            throw;
        }

        return changes;

        torch.nn.Module Find(string name) =>
            modules.TryGetValue(name, out var module)
                ? module
                : throw new ArgumentException(UnknownName.Message(name, modules.Keys));

        torch.nn.Module FindLinear(string name, BatchNorm norm)
        {
            var module = Find(name);
            if (module is not (Convolution or Linear))
            {
                throw new ArgumentException(
                    $"'{name}' is a {module.GetType().Name}; batch normalisation merges into Linear and convolutions."
                );
            }

            return BatchNormMerge.Outputs(module) == norm.num_features
                ? module
                : throw new ArgumentException(
                    $"'{name}' has {BatchNormMerge.Outputs(module)} outputs, but the batch normalisation is over "
                        + $"{norm.num_features}."
                );
        }
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(NamedMergeBatchNorm);
}
