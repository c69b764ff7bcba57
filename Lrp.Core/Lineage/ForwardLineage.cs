using Lrp.Core.Interception;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Lineage;

/// <summary>
/// Knows of each tensor of one forward pass on one thread by which operator it was computed, from which tensors, and
/// how it depends on them. So a norm, an activation or a gate that a model writes by hand is recognised without a list
/// of spellings.
/// </summary>
internal sealed class ForwardLineage : IDisposable
{
    private const int MostSources = 24;

    private static readonly HashSet<string> MayKeepShape =
    [
        "view",
        "view_as",
        "reshape",
        "reshape_as",
        "flatten",
        "squeeze",
        "expand",
        "expand_as",
        "broadcast_to",
    ];

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
                var fact = Add(tensor, state, own, computed, SourcesOf(own, call, operands, tensor.shape));
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
                    ? Applied(only, relation => OfOne(known, "", relation, keepsShape: true))
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

    private static List<(TensorFact, Relation)> SourcesOf(
        string name,
        OperatorCall call,
        List<TensorFact?> operands,
        long[] shape
    )
    {
        if (name == "copy" && operands is [_, { } written])
        {
            return Applied(written, relation => relation);
        }

        if (OperatorTraits.Of(name) is not { } trait)
        {
            return [];
        }

        if (MayKeepShape.Contains(name) && operands is [{ } viewed, ..] && viewed.Shape.AsSpan().SequenceEqual(shape))
        {
            trait = OperatorTrait.Copy;
        }

        return trait switch
        {
            OperatorTrait.Sum or OperatorTrait.Product or OperatorTrait.Quotient => OfTwo(trait, operands, shape, call),
            // Of the weights of a layer nothing is known; of two values the degrees add up.
            OperatorTrait.MatrixProduct => operands is [{ } left, { } right]
                ? OfAll([left, right], both => Relation.Product(both[0], both[1], isQuotient: false).Mixed)
                : [],
            OperatorTrait.Choice => Chosen(operands, shape),
            OperatorTrait.Joining => Joined(operands),
            OperatorTrait.Power => operands is [{ } power] ? Powers(name, call, power) : [],
            _ => operands is [{ } only, ..] && operands.Skip(1).All(other => other is null)
                ? Applied(only, relation => OfOne(trait, name, relation, shape.AsSpan().SequenceEqual(only.Shape)))
                : [],
        };
    }

    private static List<(TensorFact, Relation)> Applied(TensorFact operand, Func<Relation, Relation> function) =>
        [
            .. operand
                .All.Select(entry => (entry.Source, function(entry.Relation)))
                .Where(entry => entry.Item2.SaysSomething)
                .Take(MostSources),
        ];

    private static Relation OfOne(OperatorTrait trait, string name, Relation relation, bool? keepsShape) =>
        trait switch
        {
            OperatorTrait.Copy => relation.Times(name is "neg" or "negative" ? -1 : 1),
            OperatorTrait.Rearrangement => relation.Mixed,
            OperatorTrait.LinearReduction => relation.Times(name == "mean" ? 1 : null).Mixed,
            OperatorTrait.Reduction => relation.Nonlinear(relation.Degree).Mixed,
            OperatorTrait.Deviation => Invariant(relation).Nonlinear(relation.Degree).Mixed,
            OperatorTrait.Variance => Invariant(relation).Nonlinear(2 * relation.Degree).Mixed,
            OperatorTrait.Softmax => Invariant(relation).Nonlinear(relation.Degree == 0 ? 0 : null).Mixed,
            OperatorTrait.Rectifier when keepsShape != false => relation.Nonlinear(relation.Degree),
            OperatorTrait.Sign when keepsShape != false => relation.Nonlinear(0),
            OperatorTrait.Activation when OperatorTraits.BaseOfLogarithm(name) is { } number => relation.Logarithm(
                number
            ),
            OperatorTrait.Activation when OperatorTraits.BaseOfExponential(name) is { } number => relation.Exponential(
                number
            ),
            OperatorTrait.Activation when keepsShape != false => relation.Nonlinear(relation.Degree == 0 ? 0 : null),
            _ => default,
        };

    /// <summary>What subtracts a mean does not see a number that was added before.</summary>
    private static Relation Invariant(Relation relation) =>
        relation.Form == Form.Other ? relation : relation with { IsShiftInvariant = true };

    private static List<(TensorFact, Relation)> Powers(string name, OperatorCall call, TensorFact operand)
    {
        double? exponent = name switch
        {
            "square" => 2,
            "sqrt" => 0.5,
            "rsqrt" => -0.5,
            "reciprocal" => -1,
            _ => call.Argument("exponent") is long or double ? call.GetDouble("exponent") : null,
        };
        return Applied(operand, relation => relation.Nonlinear(relation.Degree * exponent));
    }

    private static List<(TensorFact, Relation)> OfTwo(
        OperatorTrait trait,
        List<TensorFact?> operands,
        long[] shape,
        OperatorCall call
    )
    {
        var reversed = call.Operator == "aten::rsub";
        var left = reversed ? operands.ElementAtOrDefault(1) : operands[0];
        var right = reversed ? operands[0] : operands.ElementAtOrDefault(1);
        bool Keeps(TensorFact operand) => operand.Shape.AsSpan().SequenceEqual(shape);
        Relation Of(Relation relation, TensorFact operand) => Keeps(operand) ? relation : relation.Mixed;
        var factor = new Lazy<double?>(() => FactorOf(trait, call, ofFirst: left is not null));
        return (left, right) switch
        {
            ({ } one, null) => Applied(
                one,
                relation => WithConstant(trait, Of(relation, one), isDivisor: false).Times(factor)
            ),
            (null, { } one) => Applied(
                one,
                relation =>
                    WithConstant(trait, Of(relation, one), isDivisor: trait == OperatorTrait.Quotient).Times(factor)
            ),
            ({ } one, { } other) => Common(trait, one, other, Of),
            _ => [],
        };
    }

    /// <summary>The number with which a sum, a product or a quotient multiplies its only computed operand.</summary>
    /// <returns>Null where it is no number.</returns>
    private static double? FactorOf(OperatorTrait trait, OperatorCall call, bool ofFirst)
    {
        if (trait == OperatorTrait.Sum)
        {
            var isDifference = OperatorTraits.Bare(call.Operator) is not "add";
            return ofFirst ? 1 : (isDifference ? -1 : 1) * (NumberOf(call.Argument("alpha")) ?? 1);
        }

        var other = NumberOf(ofFirst ? call.Argument("other") : call.Arguments[0]);
        return trait == OperatorTrait.Product ? other : 1 / other;
    }

    private static double? NumberOf(object? argument) =>
        argument switch
        {
            long whole => whole,
            double real => real,
            Tensor tensor when tensor.dim() == 0 && tensor.device_type == DeviceType.CPU => tensor.ToDouble(),
            _ => null,
        };

    private static Relation WithConstant(OperatorTrait trait, Relation relation, bool isDivisor) =>
        isDivisor ? relation.Nonlinear(-relation.Degree)
        : trait == OperatorTrait.Sum ? relation.Shifted
        : relation;

    private static List<(TensorFact, Relation)> Common(
        OperatorTrait trait,
        TensorFact left,
        TensorFact right,
        Func<Relation, TensorFact, Relation> of
    )
    {
        var common = new List<(TensorFact, Relation)>();
        foreach (var (source, ofLeft) in left.All)
        {
            if (right.RelationTo(source) is not { } ofRight)
            {
                continue;
            }

            var (one, other) = (of(ofLeft, left), of(ofRight, right));
            var relation =
                trait == OperatorTrait.Sum
                    ? Relation.Sum(one, other)
                    : Relation.Product(one, other, trait == OperatorTrait.Quotient);
            if (
                trait == OperatorTrait.Sum
                && right.Operator == "mean"
                && ReferenceEquals(right.Operands[0], source)
                && ReferenceEquals(left, source)
            )
            {
                relation = relation with { IsShiftInvariant = true };
            }

            if (relation.SaysSomething && common.Count < MostSources)
            {
                common.Add((source, relation));
            }
        }

        return common;
    }

    private static List<(TensorFact, Relation)> Chosen(List<TensorFact?> operands, long[] shape)
    {
        var computed = operands.OfType<TensorFact>().ToList();
        if (computed.Count == 0 || computed.Exists(operand => !operand.Shape.AsSpan().SequenceEqual(shape)))
        {
            return [];
        }

        return OfAll(
            computed,
            relations =>
            {
                var sum = relations.Aggregate(Relation.Sum);
                return sum.Nonlinear(sum.Degree);
            }
        );
    }

    private static List<(TensorFact, Relation)> Joined(List<TensorFact?> operands) =>
        operands.Contains(null)
            ? []
            : OfAll([.. operands.OfType<TensorFact>()], relations => relations.Aggregate(Relation.Sum).Mixed);

    /// <summary>The sources that several values have in common.</summary>
    private static List<(TensorFact, Relation)> OfAll(
        List<TensorFact> operands,
        Func<List<Relation>, Relation> function
    )
    {
        var common = new List<(TensorFact, Relation)>();
        foreach (var (source, _) in operands.Count == 0 ? [] : operands[0].All)
        {
            var relations = operands.ConvertAll(operand => operand.RelationTo(source));
            if (relations.Contains(null) || common.Count == MostSources)
            {
                continue;
            }

            var relation = function(relations.ConvertAll(one => one!.Value));
            if (relation.SaysSomething)
            {
                common.Add((source, relation));
            }
        }

        return common;
    }
}
