using Lrp.Core.State;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Agglomeration;

/// <summary>
/// Scores a region by the model's output for the region alone, or by how much the output falls without the region.
/// </summary>
public sealed class MaskingScorer : RegionScorer
{
    private readonly nn.Module _model;
    private readonly Func<IReadOnlyList<Tensor>, Tensor> _forward;
    private readonly IReadOnlyList<Tensor> _further;
    private readonly Tensor _input;
    private readonly double _fill;
    private readonly int _batchDim;
    private readonly bool _occlude;
    private readonly long _batchSize;
    private readonly Tensor? _full;

    private MaskingScorer(
        nn.Module model,
        Func<IReadOnlyList<Tensor>, Tensor> forward,
        IReadOnlyList<Tensor> arguments,
        double fill,
        int batchDim,
        bool occlude,
        long batchSize
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        if (arguments.Count == 0)
        {
            throw new ArgumentException("There is no input of which regions could be masked.", nameof(arguments));
        }

        foreach (var argument in arguments)
        {
            ArgumentNullException.ThrowIfNull(argument);
            if (batchDim < 0 || batchDim >= argument.ndim || argument.shape[batchDim] != 1)
            {
                throw new ArgumentException(
                    $"Dimension {batchDim} of an input of shape ({string.Join(", ", argument.shape)}) must have size "
                        + "1.",
                    nameof(batchDim)
                );
            }
        }

        _model = model;
        _forward = forward;
        _input = arguments[0];
        _further = [.. arguments.Skip(1)];
        _fill = fill;
        _batchDim = batchDim;
        _occlude = occlude;
        _batchSize = batchSize;
        if (occlude)
        {
            using var off = no_grad();
            using var state = ModelState.Capture(model);
            _full = forward(arguments).DetachFromDisposeScope();
        }
    }

    /// <summary>Creates a scorer that measures the output for the region alone (build-up).</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">One input, its batch dimension of size 1.</param>
    /// <param name="fill">The value that replaces everything else: 0, a mean, or the id of a padding token.</param>
    /// <param name="batchDim">The batch dimension; 1 for texts of shape (words, texts).</param>
    /// <param name="batchSize">How many regions go through the model at once.</param>
    public static MaskingScorer BuildUp(
        nn.Module<Tensor, Tensor> model,
        Tensor input,
        double fill = 0,
        int batchDim = 0,
        long batchSize = 256
    ) => BuildUp(model, inputs => model.call(inputs[0]), [input], fill, batchDim, batchSize);

    /// <summary>
    /// Creates a scorer that measures the output for the region alone (build-up), for a model of any signature.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="forward">Runs the model on the arguments, and returns the scores of the classes.</param>
    /// <param name="arguments">
    /// The tensors that the function gets, each of one sample. Regions of the first are masked; the others, such as a
    /// mask of the words, are repeated for each region.
    /// </param>
    /// <param name="fill">The value that replaces everything else: 0, a mean, or the id of a padding token.</param>
    /// <param name="batchDim">The batch dimension; 1 for texts of shape (words, texts).</param>
    /// <param name="batchSize">How many regions go through the model at once.</param>
    public static MaskingScorer BuildUp(
        nn.Module model,
        Func<IReadOnlyList<Tensor>, Tensor> forward,
        IReadOnlyList<Tensor> arguments,
        double fill = 0,
        int batchDim = 0,
        long batchSize = 256
    ) => new(model, forward, arguments, fill, batchDim, false, batchSize);

    /// <summary>Creates a scorer that measures how much the output falls without the region (occlusion).</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">One input, its batch dimension of size 1.</param>
    /// <param name="fill">The value that replaces the region: 0, a mean, or the id of a padding token.</param>
    /// <param name="batchDim">The batch dimension; 1 for texts of shape (words, texts).</param>
    /// <param name="batchSize">How many regions go through the model at once.</param>
    public static MaskingScorer Occlusion(
        nn.Module<Tensor, Tensor> model,
        Tensor input,
        double fill = 0,
        int batchDim = 0,
        long batchSize = 256
    ) => Occlusion(model, inputs => model.call(inputs[0]), [input], fill, batchDim, batchSize);

    /// <summary>
    /// Creates a scorer that measures how much the output falls without the region (occlusion), for a model of any
    /// signature.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="forward">Runs the model on the arguments, and returns the scores of the classes.</param>
    /// <param name="arguments">
    /// The tensors that the function gets, each of one sample. Regions of the first are masked; the others, such as a
    /// mask of the words, are repeated for each region.
    /// </param>
    /// <param name="fill">The value that replaces the region: 0, a mean, or the id of a padding token.</param>
    /// <param name="batchDim">The batch dimension; 1 for texts of shape (words, texts).</param>
    /// <param name="batchSize">How many regions go through the model at once.</param>
    public static MaskingScorer Occlusion(
        nn.Module model,
        Func<IReadOnlyList<Tensor>, Tensor> forward,
        IReadOnlyList<Tensor> arguments,
        double fill = 0,
        int batchDim = 0,
        long batchSize = 256
    ) => new(model, forward, arguments, fill, batchDim, true, batchSize);

    /// <inheritdoc/>
    public override bool IgnoresZeros => _fill == 0 && _input.is_floating_point();

    /// <inheritdoc/>
    public override Tensor Score(Tensor masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var state = ModelState.Capture(_model);
        var scores = new List<Tensor>();
        for (long start = 0; start < masks.shape[0]; start += _batchSize)
        {
            var chunk = masks.narrow(0, start, Math.Min(_batchSize, masks.shape[0] - start));
            var kept = _occlude ? chunk.logical_not() : chunk;
            var batch = where(kept, _input.unsqueeze(0), full_like(_input, _fill).unsqueeze(0));
            var masked = batch.movedim([0L], [_batchDim + 1L]).flatten(_batchDim, _batchDim + 1);
            var further = _further.Select(one => one.repeat_interleave(chunk.shape[0], _batchDim));
            var answer = _forward([masked, .. further]);
            scores.Add(_occlude ? _full! - answer : answer);
            state.Restore();
        }

        return cat(scores.ToArray()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _full?.Dispose();
}
