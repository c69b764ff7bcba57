using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>Lets relevance pass unchanged and tells what passed.</summary>
internal sealed class ProbeNode : RelevanceNode
{
    private readonly Action<IReadOnlyList<Tensor?>> seen;
    private readonly RuleSite site;

    public ProbeNode(RuleSite site, IReadOnlyList<Tensor> watched, Action<IReadOnlyList<Tensor?>> seen)
    {
        this.site = site;
        this.seen = seen;
        InputShapes = [.. watched.Select(TensorShape.Of)];
        Faces = [.. watched.Select(tensor => tensor.detach())];
    }

    protected override IReadOnlyList<TensorShape?> InputShapes { get; }

    protected override void Fault(Exception exception) => site.Fault(exception);

    protected override IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance)
    {
        seen(relevance);
        return relevance;
    }

    /// <summary>Replaces the tensors of <paramref name="value"/> that take part in the graph by watched ones.</summary>
    public static object? Watch(RuleSite site, object? value, Action<IReadOnlyList<Tensor?>> seen) =>
        Insert(value, watched => new ProbeNode(site, watched, seen));

    /// <summary>Puts a node on the tensors of <paramref name="value"/> that take part in the graph.</summary>
    public static object? Insert(object? value, Func<IReadOnlyList<Tensor>, RelevanceNode> make)
    {
        var watched = TensorArguments.In(value).Where(tensor => tensor.requires_grad).ToList();
        if (watched.Count == 0)
        {
            return value;
        }

        var connected = new Queue<Tensor>(RelevanceFunction.Connect(watched, make(watched)));
        return TensorArguments.Replace(value, tensor => tensor.requires_grad ? connected.Dequeue() : tensor);
    }
}
