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

    /// <summary>
    /// The operands that the operator's rule treats as constants. A later operator may add one: of u·f(x)·x it shows at
    /// the second product only that f(x) is a gate.
    /// </summary>
    public ICollection<TensorFact> Constants { get; set; } = [];

    /// <summary>
    /// The value that takes relevance where it is none of the operands: the x of a product of two functions of x.
    /// </summary>
    public TensorFact? Carrier { get; set; }

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

    /// <summary>
    /// The factors that carry relevance, of which the value is a product or a quotient; a value that is neither is its
    /// own only factor.
    /// </summary>
    public IEnumerable<Factor> Factors => FactorsOf(new Factor(this, null, null, false), Factor.MostNested);

    private static IEnumerable<Factor> FactorsOf(Factor factor, int depth)
    {
        var fact = factor.Value.Original;
        if (depth == 0 || OperatorTraits.Of(fact.Operator) is not (OperatorTrait.Product or OperatorTrait.Quotient))
        {
            return [factor];
        }

        return fact.Operands switch
        {
            [var first, var second] => new[] { (Of: first, Divides: false), (Of: second, Divides: IsQuotient(fact)) }
                .Where(operand => !fact.Constants.Contains(operand.Of))
                .SelectMany(operand =>
                    FactorsOf(new Factor(operand.Of, fact, operand.Of, factor.Divides ^ operand.Divides), depth - 1)
                ),
            [var only] when !fact.IsDivisorOnly => FactorsOf(factor with { Value = only }, depth - 1),
            _ => [factor],
        };
    }

    private static bool IsQuotient(TensorFact fact) => OperatorTraits.Of(fact.Operator) == OperatorTrait.Quotient;

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

    /// <summary>The values from which others were computed, as far as relevance gets, with these themselves.</summary>
    /// <param name="ends">The others, such as a model's outputs.</param>
    /// <param name="throughConstants">Whether to go on at operands that count as constants.</param>
    public static HashSet<TensorFact> Carrying(IEnumerable<TensorFact> ends, bool throughConstants = false)
    {
        var seen = new HashSet<TensorFact>(ends, ReferenceEqualityComparer.Instance);
        var open = new Stack<TensorFact>(seen);
        while (open.TryPop(out var fact))
        {
            if (fact.Carrier is { } carrier && seen.Add(carrier))
            {
                open.Push(carrier);
            }

            foreach (var operand in fact.Operands)
            {
                if ((throughConstants || !fact.Constants.Contains(operand)) && seen.Add(operand))
                {
                    open.Push(operand);
                }
            }
        }

        return seen;
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
