using Lrp.Decomposition.Recording;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Agglomeration;

/// <summary>
/// Scores a region by its contribution under contextual decomposition. The model runs once; all regions are computed
/// together from the recorded call.
/// </summary>
public sealed class ContextualScorer : RegionScorer
{
    private readonly DecompositionRun _run;
    private readonly Composition _whole;
    private readonly Tensor _input;
    private readonly Tensor _output;

    /// <summary>Runs the model on the input.</summary>
    /// <param name="composite">
    /// A composite with the decomposition rules, for example <c>{ typeof(nn.Module), new ContextualDecomposition()
    /// }</c>.
    /// </param>
    /// <param name="model">The model; its output must be (1, classes).</param>
    /// <param name="input">
    /// One input of the model: an image (1, channels, height, width), or a text of token ids.
    /// </param>
    /// <param name="options">Options of the decomposition.</param>
    public ContextualScorer(
        IDecomposer composite,
        nn.Module<Tensor, Tensor> model,
        Tensor input,
        DecompositionOptions? options = null
    )
        : this(composite, model, (model ?? throw new ArgumentNullException(nameof(model))).call, input, options) { }

    /// <summary>Runs a model of any signature on the input.</summary>
    /// <param name="composite">
    /// A composite with the decomposition rules, for example <c>{ typeof(nn.Module), new ContextualDecomposition()
    /// }</c>.
    /// </param>
    /// <param name="model">The model.</param>
    /// <param name="forward">
    /// Runs the model by its <c>call</c> on the input itself, and returns the scores of the classes, (1, classes):
    /// <c>ids => model.call(new(ids, mask)).Logits[.., -1]</c>.
    /// </param>
    /// <param name="input">
    /// One input of the model: an image (1, channels, height, width), or a text of token ids.
    /// </param>
    /// <param name="options">Options of the decomposition.</param>
    public ContextualScorer(
        IDecomposer composite,
        nn.Module model,
        Func<Tensor, Tensor> forward,
        Tensor input,
        DecompositionOptions? options = null
    )
    {
        ArgumentNullException.ThrowIfNull(composite);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(input);
        _input = input;
        long[] shape = [1, .. input.shape];
        _whole = Composition.Regions(input, ones(shape, ScalarType.Bool, input.device));
        _run = composite.Decompose(model, _whole, options);
        try
        {
            _output = forward(input).DetachFromDisposeScope();
            if (_output.ndim != 2 || _output.shape[0] != 1)
            {
                throw new ArgumentException(
                    $"The model's output for one input has shape ({string.Join(", ", _output.shape)}); it must be "
                        + "(1, classes).",
                    nameof(model)
                );
            }
        }
        catch
        {
            _run.Dispose();
            _whole.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override bool IgnoresZeros => _input.is_floating_point();

    /// <inheritdoc/>
    public override Tensor Score(Tensor masks)
    {
        using var regions = Composition.Regions(_input, masks);
        using var split = _run.With(_output, regions);
        return split.Components.squeeze(1).clone();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _run.Dispose();
        _whole.Dispose();
        _output.Dispose();
    }
}
