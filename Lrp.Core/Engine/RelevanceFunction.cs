using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Lrp.Core.Engine;

/// <summary>
/// The one autograd function of the engine: identity going forward, and going backward whatever the
/// <see cref="RelevanceNode"/> among its arguments does with relevance.
/// </summary>
internal sealed class RelevanceFunction : MultiTensorFunction<RelevanceFunction>
{
    private const string NodeKey = "node";

    /// <inheritdoc/>
    public override string Name => nameof(RelevanceFunction);

    /// <summary>Puts a node between <paramref name="inputs"/> and its faces.</summary>
    /// <param name="inputs">Tensors of the graph below; relevance is handed to them.</param>
    /// <param name="node">What happens in backward; its faces become the tensors of the graph above.</param>
    /// <returns>The faces, connected to the graph.</returns>
    public static List<Tensor> Connect(IReadOnlyList<Tensor> inputs, RelevanceNode node)
    {
        // The package keeps, for as long as the graph, an empty tensor of the size of each output, which nothing reads
        // where gradients are not materialized; the scope frees it.
        using var scope = NewDisposeScope();
        try
        {
            return [.. apply([.. inputs, node]).Select(face => face.MoveToOuterDisposeScope())];
        }
        finally
        {
            node.Connected();
        }
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(AutogradContext ctx, params object[] vars)
    {
        var node = (RelevanceNode)vars[^1];
        ctx.set_materialize_grads(false);
        ctx.save_data(NodeKey, node);
        ctx.save_for_backward([.. node.TakeSaved()]);
        return [.. node.Faces];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs)
    {
        var node = (RelevanceNode)ctx.get_data(NodeKey);
        HandedOver.Release();
        var relevance = node.Backward(ctx, [.. grad_outputs.Select(grad => grad is null || grad.IsInvalid ? null : grad)]);
        HandedOver.Keep(relevance, grad_outputs);
        return [.. relevance.Select(item => item!), null!];
    }
}
