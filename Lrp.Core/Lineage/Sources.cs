using Lrp.Core.Interception;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Lineage;

/// <summary>How the result of an operator depends on the values from which its operands were computed.</summary>
internal static class Sources
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

    /// <summary>The values of which an operator's result is a function alone, and how.</summary>
    /// <param name="name">The operator's name as <see cref="OperatorTraits"/> has it.</param>
    /// <param name="call">The operator.</param>
    /// <param name="operands">The facts about its tensors; null for a constant.</param>
    /// <param name="shape">The shape of the result.</param>
    public static List<(TensorFact, Relation)> Of(
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

    /// <summary>The same for a module that does one thing, entry by entry.</summary>
    /// <param name="trait">What it does.</param>
    /// <param name="input">Its input, which has the shape of its output.</param>
    public static List<(TensorFact, Relation)> OfModule(OperatorTrait trait, TensorFact input) =>
        Applied(input, relation => OfOne(trait, "", relation, keepsShape: true));

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
