using Lrp.Core.Engine;
using static TorchSharp.torch;

namespace Lrp.Core.Joining;

/// <summary>
/// The end of a local graph without the output's values: one number, from which a backward pass sends a chosen tensor
/// into the graph.
/// </summary>
internal sealed class GradientGate : RelevanceNode
{
    private Tensor? _vector;
    private Exception? _failure;

    private GradientGate(Tensor like)
    {
        InputShapes = [TensorShape.Of(like)];
        Outputs = [zeros([1], like.dtype, like.device)];
    }

    protected override IReadOnlyList<TensorShape?> InputShapes { get; }

    /// <summary>Puts a gate behind an output.</summary>
    /// <param name="output">The end of a local graph.</param>
    /// <returns>The gate and the number that stands for the output from now on.</returns>
    public static (GradientGate Gate, Tensor End) Behind(Tensor output)
    {
        var gate = new GradientGate(output);
        return (gate, gate.Connect([output])[0]);
    }

    /// <summary>The gradient of the output for the graph's leaf, applied from the left to a vector.</summary>
    /// <param name="end">The number that stands for the output.</param>
    /// <param name="leaf">The leaf.</param>
    /// <param name="with">The vector, in the output's shape.</param>
    public Tensor? Gradient(Tensor end, Tensor leaf, Tensor with)
    {
        _vector = with;
        try
        {
            using var one = ones_like(end);
            var gradient = VectorJacobian.Product(end, leaf, one, retainGraph: true);
            return _failure is null ? gradient : throw _failure;
        }
        finally
        {
            _vector = null;
            _failure = null;
        }
    }

    protected override void Fault(Exception exception) => _failure = exception;

    protected override IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance) =>
        [_vector?.alias()];
}
