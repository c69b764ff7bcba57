namespace Lrp.Core.Lineage;

/// <summary>
/// Which factor of a product, or divisor of a quotient, is a gate: a constant, as far as relevance goes.
/// </summary>
/// <remarks>
/// In f(x)·x, where f works entry by entry (an activation such as SiLU), or x·f(x) does not change when x is scaled (a
/// norm), f(x) is a constant and x takes all relevance: AttnLRP (Achtibat et al. 2024), equation 9 and proposition 3.4.
/// </remarks>
internal static class Gates
{
    /// <summary>Whether <paramref name="factor"/> is a gate of <paramref name="value"/>.</summary>
    /// <param name="value">What is multiplied or divided; it has to be linear in what both were computed from.</param>
    /// <param name="factor">The other factor, or the divisor.</param>
    /// <param name="isQuotient">Whether it divides.</param>
    public static bool IsGate(TensorFact value, TensorFact factor, bool isQuotient)
    {
        if (!isQuotient && Divides(factor) && InverseOf(factor) is { } divisor)
        {
            return IsGate(value, divisor, isQuotient: true); // x·(1/y) is x/y
        }

        var normalizing = isQuotient ? 1.0 : -1.0;
        foreach (var (source, ofValue) in value.All)
        {
            if (ofValue.Form != Form.Linear || factor.RelationTo(source) is not { } ofFactor)
            {
                continue;
            }

            // x / Σx does not change when x is scaled, though Σx is linear. Of parts of x, one over another, that is no
            // reason.
            var isOwnSum = isQuotient && ReferenceEquals(source, value) && !ofFactor.IsElementwise;
            if (ofFactor.Form == Form.Linear && !isOwnSum)
            {
                continue;
            }

            if (
                (ofValue.IsElementwise && ofFactor.IsElementwise)
                || ofFactor.Degree == 0
                || ofFactor.Degree == normalizing
                || ofFactor.IsShiftInvariant
            )
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether a matrix product of a factor and a value does not change when x is scaled, of which both were computed:
    /// the factor is 1 / |x| in places.
    /// </summary>
    public static bool IsNorm(TensorFact value, TensorFact factor) =>
        value.All.Any(entry =>
            entry.Relation.Form == Form.Linear && factor.RelationTo(entry.Source) is { Degree: -1, Form: Form.Other }
        );

    /// <summary>
    /// Whether a value is a gate of one of the factors that carry relevance in a product.
    /// </summary>
    /// <param name="product">The product.</param>
    /// <param name="factor">What it is multiplied with, or what it is divided by.</param>
    /// <param name="isQuotient">Whether it is divided by it.</param>
    public static bool IsGateInProduct(TensorFact product, TensorFact factor, bool isQuotient) =>
        product.Factors.Any(carrier => IsGate(carrier.Value, factor, isQuotient ^ carrier.Divides));

    /// <summary>
    /// The factors of a product that are gates of a factor of another value with which it is multiplied.
    /// </summary>
    /// <param name="product">The product, a part of which may be gates.</param>
    /// <param name="other">The other value.</param>
    /// <param name="isQuotient">Whether one of them divides the other.</param>
    public static IEnumerable<Factor> GatesInProduct(TensorFact product, TensorFact other, bool isQuotient) =>
        product.Factors.Where(part =>
            part.Product is not null && IsGateInProduct(other, part.Value, isQuotient ^ part.Divides)
        );

    /// <summary>
    /// The nearest value of which a tensor is a nonlinear function, entry by entry, though what it was computed by last
    /// is affine: 1 + e^x, of which a reciprocal or a logarithm is taken, is part of an activation of x.
    /// </summary>
    /// <returns>That value; null where there is none.</returns>
    public static TensorFact? InsideActivation(TensorFact fact) =>
        fact.Operator is "add" or "sub" or "rsub" or "mul" or "div" && !fact.HasConstantTensor
            ? NonlinearSource(fact)
            : null;

    /// <summary>Whether a value is an affine function of an input of the model.</summary>
    public static bool IsOfInput(TensorFact fact) =>
        fact.All.Any(entry => entry.Source.IsInput && entry.Relation.Form != Form.Other);

    /// <summary>
    /// The scores of a softmax that is written out, e^x / Σe^x; a number subtracted from all of them, such as the
    /// largest, does not count.
    /// </summary>
    /// <param name="numerator">What is divided.</param>
    /// <param name="divisor">The divisor.</param>
    /// <returns>The scores and the dimension of the sum; null where it is something else.</returns>
    public static (TensorFact Scores, long Dimension)? WrittenSoftmax(TensorFact numerator, TensorFact divisor)
    {
        var exponential = numerator;
        while (exponential is { Operator: "mul", Operands: [var unmasked] })
        {
            exponential = unmasked; // times a constant, a mask of zeros and ones for instance
        }

        if (exponential.Operator != "exp" || numerator.Shape.Length != divisor.Shape.Length)
        {
            return null;
        }

        var sum = divisor;
        while (
            sum.Operator
                is "unsqueeze"
                    or "expand"
                    or "expand_as"
                    or "view"
                    or "reshape"
                    or "add"
                    or "clamp"
                    or "clamp_min"
            && sum.Operands.Count == 1
        )
        {
            sum = sum.Operands[0];
        }

        var dimensions = Enumerable
            .Range(0, numerator.Shape.Length)
            .Where(k => divisor.Shape[k] == 1 && numerator.Shape[k] != 1)
            .ToList();
        if (sum.Operator != "sum" || !IsSame(sum.Operands[0], numerator) || dimensions is not [var dimension])
        {
            return null;
        }

        var scores = exponential.Operands[0];
        while (
            scores is { Operator: "sub", Operands: [var shifted, ..] }
            && shifted.Shape.AsSpan().SequenceEqual(scores.Shape)
            && (
                scores.Operands is [_]
                || (scores.Operands is [_, var shift] && IsAlong(shift, scores.Shape.Length, dimension))
            )
        )
        {
            scores = shifted;
        }

        return (scores, dimension);

        static bool IsAlong(TensorFact shift, int rank, long dimension) =>
            shift.Shape.Length == 0 || (shift.Shape.Length == rank && shift.Shape[dimension] == 1);
    }

    /// <summary>Whether a product with a factor is a division: 1/x, or x^−½, but not 1 / (1 + e^x), an activation.</summary>
    public static bool Divides(TensorFact factor) =>
        NegativePower(factor) is { } power && InsideActivation(power.Of) is null;

    /// <summary>What 1/x or c/x is the inverse of, where a value is one; null otherwise.</summary>
    public static TensorFact? InverseOf(TensorFact fact) =>
        NegativePower(fact) is { Exponent: -1 } power ? power.Of : null;

    private static (TensorFact Of, double Exponent)? NegativePower(TensorFact fact) =>
        fact switch
        {
            { Operator: "reciprocal" or "rsqrt" or "pow" or "float_power", Operands: [var operand] }
                when fact.RelationTo(operand) is { Degree: < 0 and var exponent } => (operand, exponent),
            { Operator: "mul", Operands: [var scaled] } => NegativePower(scaled),
            { Operator: "div", Operands: [var divisor], IsDivisorOnly: true } => (divisor, -1),
            _ => null,
        };

    /// <summary>
    /// The scores of a softmax that is written as an exponential: of its logarithm, or of x − log Σe^x.
    /// </summary>
    /// <param name="exponent">What the exponential is taken of.</param>
    /// <returns>The scores and the dimension of the sum; null where it is something else.</returns>
    public static (TensorFact Scores, long Dimension)? ExponentialSoftmax(TensorFact exponent)
    {
        if (
            exponent is
            {
                Operator: "log_softmax" or "special_log_softmax" or "_log_softmax",
                Operands: [var logits],
                Dimension: { } given
            }
        )
        {
            return (logits, given < 0 ? given + logits.Shape.Length : given);
        }

        if (
            exponent is { Operator: "sub", Operands: [var scores, { Operator: "logsumexp" or "unsqueeze" } shift] }
            && shift.Shape.Length == scores.Shape.Length
        )
        {
            var sum = shift.Operator == "unsqueeze" && shift.Operands is [var inner] ? inner : shift;
            var dimensions = Enumerable
                .Range(0, scores.Shape.Length)
                .Where(k => shift.Shape[k] == 1 && scores.Shape[k] != 1)
                .ToList();
            if (sum.Operator == "logsumexp" && ReferenceEquals(sum.Operands[0], scores) && dimensions is [var only])
            {
                return (scores, only);
            }
        }

        return null;
    }

    /// <summary>The nearest value of which two tensors are functions entry by entry, at least one not linear.</summary>
    public static TensorFact? CommonSource(TensorFact left, TensorFact right)
    {
        foreach (var (source, relation) in left.All)
        {
            if (
                relation.IsElementwise
                && right.RelationTo(source) is { IsElementwise: true } other
                && (relation.Form == Form.Other || other.Form == Form.Other)
            )
            {
                return source;
            }
        }

        return null;
    }

    /// <summary>Whether two values are one, or the same function of one value.</summary>
    private static bool IsSame(TensorFact left, TensorFact right) =>
        ReferenceEquals(left, right)
        || (left.Operator == "exp" && right.Operator == "exp" && ReferenceEquals(left.Operands[0], right.Operands[0]));

    private static TensorFact? NonlinearSource(TensorFact fact)
    {
        foreach (var (source, relation) in fact.Sources)
        {
            if (relation is { IsElementwise: true, Form: Form.Other })
            {
                return source;
            }
        }

        return null;
    }
}
