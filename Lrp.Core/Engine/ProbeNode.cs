using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// Lets relevance pass unchanged, or at the model's output turns the gradient of what is explained into relevance, and
/// tells what passed.
/// </summary>
internal sealed class ProbeNode : RelevanceNode
{
    private readonly RuleSite _site;
    private readonly Action<IReadOnlyList<Tensor?>> _seen;
    private readonly bool _startsRelevance;

    private ProbeNode(
        RuleSite site,
        IReadOnlyList<Tensor> watched,
        Action<IReadOnlyList<Tensor?>> seen,
        bool startsRelevance
    )
    {
        _site = site;
        _seen = seen;
        _startsRelevance = startsRelevance;
        InputShapes = [.. watched.Select(TensorShape.Of)];
        Outputs = [.. watched.Select(tensor => tensor.detach())];
        if (startsRelevance)
        {
            Save([.. Outputs]);
        }
    }

    protected override IReadOnlyList<TensorShape?> InputShapes { get; }

    /// <summary>
    /// Replaces the tensors of <paramref name="value"/> that take part in the graph by watched ones. What cannot be
    /// copied inside of it stays as it is.
    /// </summary>
    /// <param name="site">Where failures are reported to.</param>
    /// <param name="value">A tensor, or something that holds tensors.</param>
    /// <param name="seen">Gets the relevance at each watched tensor.</param>
    /// <param name="startsRelevance">
    /// Whether relevance begins here, as each tensor times the gradient that arrives.
    /// </param>
    /// <returns>The same value with other tensors; <paramref name="value"/> itself where none takes part.</returns>
    public static object? Insert(
        RuleSite site,
        object? value,
        Action<IReadOnlyList<Tensor?>> seen,
        bool startsRelevance = false
    )
    {
        if (value is Tensor { IsInvalid: false, requires_grad: false })
        {
            return value;
        }

        var left = UncopiedObjects.In(value);
        var watched = TensorArguments.In(value, left).Where(tensor => tensor.requires_grad).ToList();
        if (watched.Count == 0)
        {
            return value;
        }

        var connected = new Queue<Tensor>(new ProbeNode(site, watched, seen, startsRelevance).Connect(watched));
        return TensorArguments.Replace(value, tensor => tensor.requires_grad ? connected.Dequeue() : tensor, left);
    }

    protected override void Fault(Exception exception) => _site.Fault(exception, Life);

    protected override IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance)
    {
        var passed = _startsRelevance ? [.. relevance.Select((gradient, i) => gradient?.mul(saved[i]))] : relevance;
        _seen(passed);
        return passed;
    }
}
