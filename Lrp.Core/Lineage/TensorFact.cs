using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Core.Lineage;

/// <summary>What is known of one value of one tensor: which operator computed it, and from what.</summary>
internal sealed class TensorFact(int number, Tensor tensor, TensorState state)
{
    /// <summary>Grows in the order of computation.</summary>
    public int Number { get; } = number;

    public nint Identity { get; } = state.Identity;

    /// <summary>Of the tensor when it had this value; a later change in place raises the tensor's.</summary>
    public long Version { get; } = state.Version;

    public long[] Shape { get; } = tensor.shape;

    /// <summary>Holds the identity, so that no other tensor takes it.</summary>
    public WeakTensor Weak { get; } = new(tensor);

    /// <summary>
    /// The operator's name without library, overload and <c>_</c>; empty for what was not seen computed.
    /// </summary>
    public string Operator { get; init; } = "";

    /// <summary>The values among the operator's operands that were computed themselves.</summary>
    public IReadOnlyList<TensorFact> Operands { get; init; } = [];

    /// <summary>
    /// Other values of which this is a function alone, and how; the nearest first. The value itself is not listed.
    /// </summary>
    public IReadOnlyList<(TensorFact Source, Relation Relation)> Sources { get; init; } = [];

    /// <summary>Whether it is an input of the model.</summary>
    public bool IsInput { get; set; }

    /// <summary>
    /// Whether a constant operand of the operator has dimensions, as a parameter has, and is no number.
    /// </summary>
    public bool HasConstantTensor { get; set; }

    /// <summary>Whether its only computed operand is the second one: a constant divided by it, for instance.</summary>
    public bool IsDivisorOnly { get; set; }

    /// <summary>The operator's argument <c>dim</c>, where it is one number.</summary>
    public long? Dimension { get; set; }

    /// <summary>What an audit has written down about the operator.</summary>
    public object? Note { get; set; }

    /// <summary>The sources, with the value itself as the first.</summary>
    public IEnumerable<(TensorFact Source, Relation Relation)> All => Sources.Prepend((this, Relation.Identity));

    /// <summary>The relation to a source; null where this is no function of it alone.</summary>
    public Relation? RelationTo(TensorFact source)
    {
        if (ReferenceEquals(source, this))
        {
            return Relation.Identity;
        }

        foreach (var (known, relation) in Sources)
        {
            if (ReferenceEquals(known, source))
            {
                return relation;
            }
        }

        return null;
    }

    /// <summary>The value that this one is a copy of: through <c>clone</c>, <c>to</c> and the like.</summary>
    public TensorFact Original
    {
        get
        {
            var original = this;
            while (
                original.Operands is [var only]
                && only.Shape.AsSpan().SequenceEqual(original.Shape)
                && OperatorTraits.IsPlainCopy(original.Operator)
            )
            {
                original = only;
            }

            return original;
        }
    }

    /// <summary>Whether the value was computed from another one, through anything.</summary>
    public bool IsComputedFrom(TensorFact ancestor)
    {
        var open = new Stack<TensorFact>([this]);
        var seen = new HashSet<TensorFact>(ReferenceEqualityComparer.Instance);
        while (open.TryPop(out var fact))
        {
            foreach (var operand in fact.Operands)
            {
                if (ReferenceEquals(operand, ancestor))
                {
                    return true;
                }

                if (operand.Number > ancestor.Number && seen.Add(operand))
                {
                    open.Push(operand);
                }
            }
        }

        return false;
    }
}
