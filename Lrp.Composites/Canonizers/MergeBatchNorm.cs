using Lrp.Core;
using TorchSharp;
using TorchSharp.Modules;

namespace Lrp.Composites.Canonizers;

/// <summary>
/// Merges every batch normalisation that directly follows a linear layer into that layer, and makes it the identity.
/// </summary>
/// <remarks>
/// Follows means: in the order in which the model declares its leaf modules, so activations have to be modules and
/// modules have to be declared in the order of use, as in TorchVision's networks. Where they are not, name the pairs
/// with <see cref="NamedMergeBatchNorm"/>.
/// </remarks>
public sealed class MergeBatchNorm : ICanonizer
{
    private readonly bool _keepEpsilon;

    /// <summary>Creates the canonizer.</summary>
    /// <param name="keepEpsilon">
    /// Whether the merged normalisation keeps its ε and so still divides by √(1 + ε), which zennit did up to 0.5.1 and
    /// which changes the model's outputs a little. Only of use to reproduce its numbers.
    /// </param>
    public MergeBatchNorm(bool keepEpsilon = false)
    {
        _keepEpsilon = keepEpsilon;
    }

    /// <inheritdoc/>
    public IDisposable Apply(torch.nn.Module model)
    {
        var changes = new MergedBatchNorms();
        try
        {
            torch.nn.Module? previous = null;
            foreach (var (name, leaf) in ModuleTree.Leaves(model))
            {
                if (
                    leaf is BatchNorm norm
                    && previous is Convolution or Linear
                    && BatchNormMerge.Outputs(previous) == norm.num_features
                )
                {
                    MergedBatchNorms.ThrowIfUsedElsewhere(model, previous, name);
                    changes.Add(new BatchNormMerge([previous], norm, name, _keepEpsilon));
                }

                previous = leaf;
            }
        }
        catch
        {
            changes.Dispose();
            throw;
        }

        return changes;
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(MergeBatchNorm);
}
