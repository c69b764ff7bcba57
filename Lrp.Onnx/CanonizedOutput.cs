using Lrp.Attribution;
using Lrp.Composites.Canonizers;
using static TorchSharp.torch;

namespace Lrp.Onnx;

/// <summary>
/// Compares what a model returns while canonizers change it with what it returned before: they have to leave the
/// network the same.
/// </summary>
internal sealed class CanonizedOutput : IDisposable
{
    private readonly Func<IReadOnlyList<Tensor>, Tensor> _forward;
    private Tensor? _before;

    /// <param name="forward">Runs the model.</param>
    /// <param name="inputs">What is explained.</param>
    public CanonizedOutput(Func<IReadOnlyList<Tensor>, Tensor> forward, IReadOnlyList<ModelArgument> inputs)
    {
        _forward = forward;
        using var grad = no_grad();
        _before = forward([.. inputs.Select(input => input.Value)]).DetachFromDisposeScope();
    }

    /// <summary>Runs the model; the first time the output is compared, maybe that of the first samples.</summary>
    /// <exception cref="InvalidOperationException">The outputs differ.</exception>
    public Tensor Run(IReadOnlyList<Tensor> inputs)
    {
        var output = _forward(inputs);
        if (_before is not { } before)
        {
            return output;
        }

        using var scope = NewDisposeScope();
        var isPart = output.dim() > 0 && before.dim() > 0 && output.shape[0] < before.shape[0];
        var expected = isPart ? before.narrow(0, 0, output.shape[0]) : before;
        if (!OutputComparison.Agree(expected, output.detach()))
        {
            throw new InvalidOperationException(
                "With its batch normalisations merged, or whatever the composite's canonizers did, the model returns "
                    + "other numbers than before, so that another network would be explained. Explain with a composite "
                    + "whose Canonizers leave the outputs the same, and please open an issue if it has none of its own."
            );
        }

        Dispose();
        return output;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _before?.Dispose();
        _before = null;
    }
}
