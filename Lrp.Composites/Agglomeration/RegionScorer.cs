using Lrp.Core.Forward;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Composites.Agglomeration;

/// <summary>Says how much regions of one input speak for each class; many regions at once.</summary>
public abstract class RegionScorer : IDisposable
{
    /// <summary>Scores regions.</summary>
    /// <param name="masks">Shape (n, *), * the input's shape: true inside the region.</param>
    /// <returns>Shape (n, classes), floating point: higher speaks for the class.</returns>
    public abstract Tensor Score(Tensor masks);

    /// <summary>
    /// Whether a region is scored by the values inside it alone, so that regions that differ only where the input is zero (the
    /// paper around a digit) score alike and need be scored once.
    /// </summary>
    public virtual bool ZerosDoNotMatter => false;

    /// <summary>A scorer of one's own.</summary>
    /// <param name="score">Gets masks (n, *), gives scores (n, classes).</param>
    public static RegionScorer From(Func<Tensor, Tensor> score) => new Delegated(score);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of the model.</summary>
    /// <param name="disposing">Whether managed resources are to be released.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    private sealed class Delegated(Func<Tensor, Tensor> score) : RegionScorer
    {
        public override Tensor Score(Tensor masks) => score(masks);
    }
}

/// <summary>A region's contribution by contextual decomposition. The model runs once; all regions go through its record together.</summary>
public sealed class ContextualScorer : RegionScorer
{
    private readonly DecompositionRun run;
    private readonly Composition whole;
    private readonly Tensor input;
    private readonly Tensor output;

    /// <summary>Runs the model on the input.</summary>
    /// <param name="composite">The forward rules, for example <c>{ typeof(nn.Module), new ContextualDecomposition() }</c>.</param>
    /// <param name="model">The model; its output must be (1, classes).</param>
    /// <param name="input">The input that the model takes: one image (1, channels, height, width), one text of token numbers.</param>
    /// <param name="options">How the decomposition runs.</param>
    public ContextualScorer(Composite composite, nn.Module<Tensor, Tensor> model, Tensor input, DecompositionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(composite);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        this.input = input;
        long[] shape = [1, .. input.shape];
        whole = Composition.Regions(input, ones(shape, ScalarType.Bool, input.device));
        run = composite.Decompose(model, whole, options);
        output = model.call(input).DetachFromDisposeScope();
        if (output.ndim != 2 || output.shape[0] != 1)
        {
            run.Dispose();
            throw new ArgumentException(
                $"The model answers one input with shape ({string.Join(", ", output.shape)}); agglomeration needs (1, classes).", nameof(model));
        }
    }

    /// <inheritdoc/>
    public override bool ZerosDoNotMatter => input.is_floating_point();

    /// <inheritdoc/>
    public override Tensor Score(Tensor masks)
    {
        using var regions = Composition.Regions(input, masks);
        using var split = run.With(output, regions);
        return split.Components.squeeze(1).clone();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        run.Dispose();
        whole.Dispose();
        output.Dispose();
    }
}

/// <summary>The model's answer to the region alone, everything else taken away; or what its answer loses when the region is.</summary>
public sealed class MaskingScorer : RegionScorer
{
    private readonly nn.Module<Tensor, Tensor> model;
    private readonly Tensor input;
    private readonly double fill;
    private readonly int batchDim;
    private readonly bool occlude;
    private readonly long batchSize;
    private readonly Tensor? full;

    private MaskingScorer(nn.Module<Tensor, Tensor> model, Tensor input, double fill, int batchDim, bool occlude, long batchSize)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        if (batchDim < 0 || batchDim >= input.ndim || input.shape[batchDim] != 1)
        {
            throw new ArgumentException(
                $"Dimension {batchDim} of an input of shape ({string.Join(", ", input.shape)}) is no batch of one.", nameof(batchDim));
        }

        this.model = model;
        this.input = input;
        this.fill = fill;
        this.batchDim = batchDim;
        this.occlude = occlude;
        this.batchSize = batchSize;
        if (occlude)
        {
            using var off = no_grad();
            full = model.call(input).DetachFromDisposeScope();
        }
    }

    /// <summary>Build-up: the answer to the region alone.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">One input, its batch dimension of size 1.</param>
    /// <param name="fill">What stands in place of everything else: 0, a mean, the number of a padding token.</param>
    /// <param name="batchDim">Where the batch dimension is; 1 for texts (words, texts).</param>
    /// <param name="batchSize">How many regions the model gets at once.</param>
    public static MaskingScorer BuildUp(nn.Module<Tensor, Tensor> model, Tensor input, double fill = 0, int batchDim = 0, long batchSize = 256) =>
        new(model, input, fill, batchDim, false, batchSize);

    /// <summary>Occlusion: what the answer loses without the region.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">One input, its batch dimension of size 1.</param>
    /// <param name="fill">What stands in place of the region: 0, a mean, the number of a padding token.</param>
    /// <param name="batchDim">Where the batch dimension is; 1 for texts (words, texts).</param>
    /// <param name="batchSize">How many regions the model gets at once.</param>
    public static MaskingScorer Occlusion(nn.Module<Tensor, Tensor> model, Tensor input, double fill = 0, int batchDim = 0, long batchSize = 256) =>
        new(model, input, fill, batchDim, true, batchSize);

    /// <inheritdoc/>
    public override bool ZerosDoNotMatter => fill == 0 && input.is_floating_point();

    /// <inheritdoc/>
    public override Tensor Score(Tensor masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var scores = new List<Tensor>();
        for (long start = 0; start < masks.shape[0]; start += batchSize)
        {
            var chunk = masks.narrow(0, start, Math.Min(batchSize, masks.shape[0] - start));
            var kept = occlude ? chunk.logical_not() : chunk;
            var batch = where(kept, input.unsqueeze(0), full_like(input, fill).unsqueeze(0));
            var answer = model.call(batch.movedim([0L], [batchDim + 1L]).flatten(batchDim, batchDim + 1));
            scores.Add(occlude ? full! - answer : answer);
        }

        return cat(scores.ToArray()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => full?.Dispose();
}
