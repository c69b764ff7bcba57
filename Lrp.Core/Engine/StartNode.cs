using static TorchSharp.torch;

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
        InputShapes = [.. outputs.Select(TensorShape.Of)];
        Faces = [.. outputs.Select(output => output.detach())];
        Save([.. Faces]);
    }

    protected override IReadOnlyList<TensorShape?> InputShapes { get; }

    protected override void Fault(Exception exception) => site.Fault(exception);

    protected override IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance)
    {
        var started = relevance.Select((gradient, i) => gradient?.mul(saved[i])).ToList();
        seen(started);
        return started;
    }
}
