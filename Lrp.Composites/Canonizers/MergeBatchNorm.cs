using Lrp.Core;
using Lrp.Core.Hooks;
using Lrp.Core.Registrations;
using Microsoft.Extensions.Logging;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Composites.Canonizers;

/// <summary>
/// Merges every batch normalisation that directly follows a linear layer into that layer, and makes it the identity.
/// </summary>
/// <remarks>
/// <para>
/// Follows means in the order of calls, whatever the order of declaration. When the registered model is called for the
/// first time, it first runs once on the same arguments without rules and gradients, which shows the layer whose output
/// each batch normalisation is given; it runs once more after merging, and its outputs must stay the same up to
/// rounding. What that pass changes in buffers and fields of the model is put back. A later call in which something
/// else follows a merged layer throws.
/// </para>
/// <para>
/// A batch normalisation stays as it is where its input is not the output of a linear layer, where that output is used
/// by another module too, or where one of both is called by <c>forward()</c>, which no hook sees; an information line
/// in the log names each with the reason. Name such pairs with <see cref="NamedMergeBatchNorm"/>.
/// </para>
/// </remarks>
public sealed class MergeBatchNorm : IFirstCallCanonizer
{
    private const int MostInLog = 8;
    private readonly bool _keepEpsilon;

    /// <summary>Creates the canonizer.</summary>
    /// <param name="keepEpsilon">
    /// Whether the merged normalisation keeps its ε and so still divides by √(1 + ε), which zennit did up to 0.5.1 and
    /// which changes the model's outputs a little. Only of use to reproduce its numbers. Outputs are compared before ε
    /// is put back.
    /// </param>
    public MergeBatchNorm(bool keepEpsilon = false)
    {
        _keepEpsilon = keepEpsilon;
    }

    /// <inheritdoc/>
    /// <remarks>Nothing is merged yet.</remarks>
    /// <exception cref="InvalidOperationException">
    /// A batch normalisation that may be merged is in training mode, or the model has no <c>call</c>.
    /// </exception>
    public IDisposable Apply(nn.Module model)
    {
        var modules = ModuleTree.Walk(model);
        var outputs = modules.Select(entry => BatchNormMerge.Outputs(entry.Module)).ToHashSet();
        foreach (var (name, module) in modules)
        {
            if (module is BatchNorm { training: true } norm && outputs.Contains(norm.num_features))
            {
                BatchNormMerge.ThrowIfOfEachBatch(norm, name);
            }
        }

        return ModuleHooks.CanAttach(model) || !HasBatchNorm(model)
            ? new MergedBatchNorms()
            : throw new InvalidOperationException(
                $"A {model.GetType().Name} has no call(), and {this} acts when the model is called for the first time. "
                    + $"Use {nameof(NamedMergeBatchNorm)}."
            );
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">
    /// A layer that would be merged serves elsewhere too, or the model's outputs are not the same afterwards; the
    /// message names the pair.
    /// </exception>
    public IDisposable Apply(FirstCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (!HasBatchNorm(call.Model))
        {
            return new MergedBatchNorms();
        }

        using var scope = NewDisposeScope();
        var pilot = BatchNormPilot.Of(call);
        var left = new List<string>();
        var pairs = pilot.Pairs(left);
        var merged = Merge(pairs);
        try
        {
            if (pairs.Count > 0 && !OutputComparison.Agree(pilot.Output, call.Run()))
            {
                merged.Dispose();
                throw Changed(call, pilot.Output, pairs);
            }
        }
        catch
        {
            merged.Dispose();
            throw;
        }

        if (_keepEpsilon)
        {
            merged.KeepEpsilon();
        }

        if (pairs.Count > 0)
        {
            merged.Watch = new MergeWatch(call.Model, pairs);
        }

        if (left.Count > 0)
        {
            call.Logger.LogInformation(
                "{Canonizer} left these batch normalisations as they are: {Norms}{More}. Name pairs of layers and "
                    + "batch normalisations with NamedMergeBatchNorm where that is wrong.",
                nameof(MergeBatchNorm),
                string.Join(", ", left.Take(MostInLog)),
                left.Count > MostInLog ? $" and {left.Count - MostInLog} more" : ""
            );
        }

        return merged;
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(MergeBatchNorm);

    private static bool HasBatchNorm(nn.Module model) => ModuleTree.Walk(model).Any(entry => entry.Module is BatchNorm);

    private static MergedBatchNorms Merge(IEnumerable<MergePair> pairs)
    {
        var merged = new MergedBatchNorms();
        try
        {
            foreach (var pair in pairs)
            {
                merged.Add(new BatchNormMerge(pair.Layers, pair.Norm, pair.NormName));
            }
        }
        catch
        {
            merged.Dispose();
            throw;
        }

        return merged;
    }

    /// <summary>Finds the pair that must not be merged; nothing is merged now.</summary>
    private static InvalidOperationException Changed(FirstCall call, object? expected, IReadOnlyList<MergePair> pairs)
    {
        if (!OutputComparison.Agree(expected, call.Run()))
        {
            return new InvalidOperationException(
                $"{nameof(MergeBatchNorm)} compares the model's outputs before and after merging, and they differ from "
                    + "pass to pass anyway: the model uses random numbers or keeps something from pass to pass. Make "
                    + $"it deterministic, or name the pairs with {nameof(NamedMergeBatchNorm)}."
            );
        }

        var culprit =
            pairs
                .FirstOrDefault(pair =>
                {
                    using var merged = Merge([pair]);
                    return !OutputComparison.Agree(expected, call.Run());
                })
                ?.ToString()
            ?? string.Join(", ", pairs);
        return new InvalidOperationException(
            $"Merging batch normalisation {culprit} changes the model's outputs: something else uses the layer's "
                + "output, or changes it, where no hook sees it. Nothing is merged. Name the other pairs with "
                + $"{nameof(NamedMergeBatchNorm)} in place of {nameof(MergeBatchNorm)}, or leave it out."
        );
    }
}
