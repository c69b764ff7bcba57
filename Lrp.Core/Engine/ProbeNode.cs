using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

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
        Faces = [.. watched.Select(tensor => tensor.detach())];
    }

    public override IReadOnlyList<Tensor?> Backward(AutogradContext context, IReadOnlyList<Tensor?> relevance)
    {
        try
        {
            using var grad = no_grad();
            using var scope = NewDisposeScope();
            seen(relevance);
        }
        catch (Exception exception)
        {
            site.Fault(exception);
        }

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
