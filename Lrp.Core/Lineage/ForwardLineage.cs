using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Core.Lineage;

/// <summary>
/// Knows of each tensor of one forward pass on one thread by which operator it was computed, from which tensors, and
/// how it depends on them. So a norm, an activation or a gate that a model writes by hand is recognised without a list
/// of spellings.
/// </summary>
internal sealed class ForwardLineage : IDisposable
{
    private readonly Dictionary<nint, TensorFact> _facts = [];
    private readonly List<WeakTensor> _weak = [];
    private readonly Dictionary<nint, TensorFact> _written = [];
    private int _count;

    /// <summary>
    /// Whether a tensor counts as computed only if it was noted; otherwise every tensor that requires a gradient does.
    /// </summary>
    public bool OnlyNoted { get; init; }

    /// <summary>The fact about a tensor's present value; null where it is a constant.</summary>
    public TensorFact? Find(Tensor tensor)
    {
        var state = TensorState.Of(tensor);
        if (_facts.TryGetValue(state.Identity, out var fact) && fact.Version == state.Version)
        {
            return fact;
        }

        if (OnlyNoted || !state.RequiresGrad)
        {
            return null;
        }

        // A view of memory that was written through another view, such as a cache, has what was written.
        return Add(tensor, state, "", _written.TryGetValue(state.Storage, out var written) ? [written] : [], []);
    }

    /// <summary>Notes an input of the model.</summary>
    public TensorFact Begin(Tensor tensor)
    {
        var fact = Add(tensor, TensorState.Of(tensor), "", [], []);
        fact.IsInput = true;
        return fact;
    }

    /// <summary>The facts about the computed tensors among an operator's arguments; asked before it runs.</summary>
    public List<TensorFact?> OperandsOf(OperatorCall call)
    {
        var found = new List<TensorFact?>();
        foreach (var argument in call.Arguments)
        {
            switch (argument)
            {
                case Tensor tensor:
                    found.Add(Find(tensor));
                    break;
                case Tensor?[] several:
                    found.AddRange(several.OfType<Tensor>().Select(Find));
                    break;
                default:
                    break;
            }
        }

        return found;
    }

    /// <summary>Notes the results of an operator.</summary>
    /// <param name="call">The operator.</param>
    /// <param name="operands">The facts about its tensors before it ran.</param>
    /// <param name="result">A tensor, or an <c>object?[]</c> with tensors.</param>
    /// <returns>The facts about the results that were computed.</returns>
    public List<TensorFact> Note(OperatorCall call, List<TensorFact?> operands, object? result)
    {
        var name = OperatorTraits.Bare(call.Operator);
        if (name.EndsWith("_as", StringComparison.Ordinal))
        {
            operands = [.. operands.Take(1)]; // of the other one nothing but the shape or the type is used
        }

        var computed = operands.OfType<TensorFact>().ToList();
        var hasConstant = call
            .Arguments.OfType<Tensor>()
            .Where((tensor, k) => k < operands.Count && operands[k] is null)
            .Any(tensor => tensor.dim() > 0);
        var facts = new List<TensorFact>();
        foreach (var (tensor, k) in Tensors(result).Select((tensor, k) => (tensor, k)))
        {
            var state = TensorState.Of(tensor);
            if (computed.Count > 0 && (OnlyNoted || state.RequiresGrad))
            {
                var own = OperatorTraits.OfResult(name, k);
                var fact = Add(tensor, state, own, computed, Sources.Of(own, call, operands, tensor.shape));
                fact.HasConstantTensor = hasConstant;
                fact.IsDivisorOnly = operands is [null, not null];
                fact.Dimension = call.Argument("dim") switch
                {
                    long one => one,
                    long[] { Length: 1 } only => only[0],
                    _ => null,
                };
                if (call.IsInPlace)
                {
                    _written[state.Storage] = fact;
                }

                facts.Add(fact);
            }
        }

        return facts;
    }

    /// <summary>
    /// Notes what a module with a rule of its own, in which operators are not seen, made of its inputs.
    /// </summary>
    /// <param name="inputs">Facts about the inputs.</param>
    /// <param name="outputs">The outputs.</param>
    /// <param name="trait">What the module does entry by entry; null where it is no such function.</param>
    public List<TensorFact> NoteModule(
        IReadOnlyList<TensorFact> inputs,
        IEnumerable<Tensor> outputs,
        OperatorTrait? trait
    )
    {
        var facts = new List<TensorFact>();
        foreach (var tensor in outputs)
        {
            var state = TensorState.Of(tensor);
            if (inputs.Count == 0 || !(OnlyNoted || state.RequiresGrad))
            {
                continue;
            }

            var sources =
                trait is { } known && inputs is [var only] && only.Shape.AsSpan().SequenceEqual(tensor.shape)
                    ? Sources.OfModule(known, only)
                    : [];
            facts.Add(Add(tensor, state, "", inputs, sources));
        }

        return facts;
    }

    /// <summary>Forgets everything; the pass is over.</summary>
    public void Clear()
    {
        _facts.Clear();
        _written.Clear();
        _weak.ForEach(weak => weak.Dispose());
        _weak.Clear();
    }

    public void Dispose() => Clear();

    private TensorFact Add(
        Tensor tensor,
        TensorState state,
        string name,
        IReadOnlyList<TensorFact> operands,
        IReadOnlyList<(TensorFact, Relation)> sources
    )
    {
        var fact = new TensorFact(_count++, tensor, state)
        {
            Operator = name,
            Operands = operands,
            Sources = sources,
        };
        _weak.Add(fact.Weak);
        return _facts[state.Identity] = fact;
    }

    private static IEnumerable<Tensor> Tensors(object? result) =>
        result switch
        {
            Tensor tensor => [tensor],
            Tensor?[] tensors => tensors.OfType<Tensor>(),
            object?[] several => several.SelectMany(Tensors),
            _ => [],
        };
}
