using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>
/// Carries a <see cref="LinearRule"/> out for one call of a layer, leaving out whatever is known to be zero and
/// computing nothing twice.
/// </summary>
internal sealed partial class LinearPropagation
{
    private readonly LinearRule rule;
    private readonly RelevanceCall call;
    private readonly LinearMap map;
    private readonly Dictionary<(object Part, WeightPart Weight, WeightPart Bias), Tensor> outputs = [];
    private readonly Dictionary<(object Part, WeightPart Weight), (Tensor Leaf, Tensor Output)> graphs = [];
    private readonly HashSet<Tensor> fresh = new(ReferenceEqualityComparer.Instance);
    private double? lowest;
    private double? highest;
    private Tensor? positive;
    private Tensor? negative;

    public LinearPropagation(LinearRule rule, RelevanceCall call)
    {
        this.rule = rule;
        this.call = call;
        map = LinearMap.At(call.Site);
    }

    private double Lowest => lowest ??= call.Input.min().to(ScalarType.Float64).ToDouble();

    private double Highest => highest ??= call.Input.max().to(ScalarType.Float64).ToDouble();

    /// <summary>The relevance of the input; null when it is zero everywhere.</summary>
    public Tensor? Run()
    {
        if (call.Relevance.numel() == 0)
        {
            return null;
        }

        Tensor? total = null;
        foreach (var share in rule.Shares)
        {
            var terms = share.Terms.Select(term => (Term: term, Value: ValueOf(term.Input))).ToList();
            var live = terms.Where(entry => entry.Value is not Zero).ToList();
            if (live.Count == 0 || share.Coefficient == 0 || Numerator(share) is not { } numerator)
            {
                continue;
            }

            using var quotient = Quotient(share, terms, numerator);
            if (!ReferenceEquals(numerator, call.Relevance))
            {
                numerator.Dispose();
            }

            if (rule.Shares.Count == 1)
            {
                FreeOutputs();
            }

            var gradients = Gradients(live, quotient);
            for (var i = 0; i < live.Count; i++)
            {
                total = Add(total, live[i].Term, live[i].Value, gradients[i], share.Coefficient);
            }
        }

        return total;
    }

    /// <summary>Frees the outputs that no other share reads: with a large batch they are most of the memory.</summary>
    private void FreeOutputs()
    {
        foreach (var tensor in fresh)
        {
            tensor.Dispose();
        }

        fresh.Clear();
        outputs.Clear();
    }

    /// <summary>The relevance at the outputs where the share applies; null when there is none.</summary>
    private Tensor? Numerator(LinearShare share)
    {
        if (share.Gate == OutputGate.Open)
        {
            return call.Relevance;
        }

        if (call.OutputsAreRectified)
        {
            // Relevance is at positive outputs only: one gate lets all of it through, the other none.
            return share.Gate == OutputGate.Positive ? call.Relevance : null;
        }

        // One where the output has the gate's sign, zero elsewhere.
        var gated = call.Output.sign();
        gated = share.Gate == OutputGate.Positive ? gated.clamp_min_(0) : gated.clamp_max_(0).neg_();
        gated.mul_(call.Relevance);

        // After a ReLU the outputs of one sign have no relevance, and half of the rule is not needed.
        using var largest = gated.max();
        using var smallest = gated.min();
        if (largest.to(ScalarType.Float64).ToDouble() == 0 && smallest.to(ScalarType.Float64).ToDouble() == 0)
        {
            gated.Dispose();
            return null;
        }

        return gated;
    }

    private Tensor Quotient(LinearShare share, List<(LinearTerm Term, object Value)> terms, Tensor numerator)
    {
        Tensor? denominator = null;
        var owned = false;
        foreach (var (term, value) in terms)
        {
            if (OutputOf(term, value, share.Gate) is not { } output)
            {
                continue;
            }

            if (denominator is null && term.Sign == 1)
            {
                denominator = output;
                owned = rule.Shares.Count == 1 && fresh.Contains(output);
            }
            else if (denominator is null)
            {
                denominator = output.mul(term.Sign);
                owned = true;
            }
            else if (owned && SameShape(denominator, output))
            {
                denominator.add_(output, term.Sign);
            }
            else
            {
                denominator = denominator.add(output, term.Sign);
                owned = true;
            }
        }

        if (call.OutputsAreRectified && ReferenceEquals(denominator, call.Output))
        {
            return Stabilizer.DivideByNonNegative(numerator, denominator, rule.Epsilon);
        }

        return denominator is null
            ? zeros_like(numerator)
            : Stabilizer.Divide(numerator, denominator, rule.Epsilon, owned && SameShape(denominator, numerator));
    }

    private static bool SameShape(Tensor left, Tensor right) => left.numel() == right.numel();

    /// <summary>
    /// The gradients of a share's terms. Where the whole weights are asked for beside their positive and negative parts,
    /// as in ZBox, two of the three make the third.
    /// </summary>
    private Tensor[] Gradients(List<(LinearTerm Term, object Value)> terms, Tensor quotient)
    {
        var gradients = new Tensor[terms.Count];
        var whole = terms.FindIndex(entry => entry.Term.Weight == WeightPart.All);
        var positiveTerm = terms.FindIndex(entry => entry.Term.Weight == WeightPart.Positive);
        var negativeTerm = terms.FindIndex(entry => entry.Term.Weight == WeightPart.Negative);
        var summed = map.HasWeights && whole >= 0 && positiveTerm >= 0 && negativeTerm >= 0;
        for (var i = 0; i < gradients.Length; i++)
        {
            if (i != whole || !summed)
            {
                gradients[i] = Gradient(terms[i].Value, terms[i].Term.Weight, quotient);
            }
        }

        if (summed)
        {
            gradients[whole] = gradients[positiveTerm].add(gradients[negativeTerm]);
        }

        return gradients;
    }

    private static Tensor Add(Tensor? total, LinearTerm term, object value, Tensor gradient, double coefficient)
    {
        var factor = term.Sign * coefficient;
        if (value is Tensor part)
        {
            if (total is not null)
            {
                using (gradient)
                {
                    return Owned(total).addcmul_(part, gradient, factor);
                }
            }

            var product = Owned(gradient).mul_(part);
            return factor == 1 ? product : product.mul_(factor);
        }

        if (total is not null)
        {
            return Owned(total).add_(gradient, factor);
        }

        return factor == 1 ? gradient : gradient.mul(factor);
    }

    /// <summary>The tensor, or a copy when several of its elements share memory.</summary>
    private static Tensor Owned(Tensor gradient) => gradient.stride().Contains(0) ? gradient.contiguous() : gradient;
}
