using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// The end of a local graph without the output's values: one number, from which a backward pass sends a chosen tensor
/// into the graph.
/// </summary>
internal sealed class GradientGate : RelevanceNode
{
    private Tensor? vector;
    private Exception? failure;

    private GradientGate(Tensor like)
    {
        InputShapes = [TensorShape.Of(like)];
        Faces = [zeros([1], like.dtype, like.device)];
    }

    /// <summary>Puts a gate behind an output.</summary>
    /// <param name="output">The end of a local graph.</param>
    /// <returns>The gate and the number that stands for the output from now on.</returns>
    public static (GradientGate Gate, Tensor End) Behind(Tensor output)
    {
        var gate = new GradientGate(output);
        return (gate, RelevanceFunction.Connect([output], gate)[0]);
    }

    /// <summary>The gradient of the output for the graph's leaf, applied from the left to a vector.</summary>
    /// <param name="end">The number that stands for the output.</param>
    /// <param name="leaf">The leaf.</param>
    /// <param name="with">The vector, in the output's shape.</param>
    public Tensor? Gradient(Tensor end, Tensor leaf, Tensor with)
    {
        vector = with;
        try
        {
            using var one = ones_like(end);
            var gradient = VectorJacobian.Product(end, leaf, one, retainGraph: true);
            return failure is null ? gradient : throw failure;
        }
        finally
        {
            vector = null;
            failure = null;
        }
    }

    protected override IReadOnlyList<TensorShape?> InputShapes { get; }

    protected override void Fault(Exception exception) => failure = exception;

    protected override IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance) => [vector?.alias()];
}
