using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Lrp.Core.Engine;

/// <summary>The model's output, where the gradient of what is explained becomes relevance.</summary>
internal sealed class StartNode : RelevanceNode
{
    private readonly RuleSite site;
    private readonly Action<IReadOnlyList<Tensor?>> seen;

    public StartNode(RuleSite site, IReadOnlyList<Tensor> outputs, Action<IReadOnlyList<Tensor?>> seen)
    {
        this.site = site;
        this.seen = seen;
        Faces = [.. outputs.Select(output => output.detach())];
        Save([.. Faces]);
    }

    public override IReadOnlyList<Tensor?> Backward(AutogradContext context, IReadOnlyList<Tensor?> relevance)
    {
        try
        {
            using var grad = no_grad();
            using var scope = NewDisposeScope();
            var outputs = context.get_saved_variables();
            var started = relevance.Select((gradient, i) => gradient?.mul(outputs[i]).DetachFromDisposeScope()).ToList();
            seen(started);
            return started;
        }
        catch (Exception exception)
        {
            site.Fault(exception);
            return relevance;
        }
    }
}
