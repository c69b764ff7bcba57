using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>
/// Carries a <see cref="LinearRule"/> out for one call of a layer, leaving out whatever is known to be zero and
/// computing nothing twice.
/// </summary>
internal sealed partial class LinearPropagation
{
    private readonly LinearRule _rule;
    private readonly RelevanceCall _call;
    private readonly LinearMap _map;
    private readonly Dictionary<(object Part, WeightPart Weight, WeightPart Bias), Tensor> _outputs = [];
    private readonly Dictionary<(object Part, WeightPart Weight), (Tensor Leaf, Tensor Output)> _graphs = [];
    private readonly HashSet<Tensor> _fresh = new(ReferenceEqualityComparer.Instance);
    private double? _lowest;
    private double? _highest;
    private Tensor? _positive;
    private Tensor? _negative;

    public LinearPropagation(LinearRule rule, RelevanceCall call)
    {
        _rule = rule;
        _call = call;
        _map = LinearMap.At(call.Site);
    }

    private double Lowest => _lowest ??= _call.Input.min().to(ScalarType.Float64).ToDouble();

    private double Highest => _highest ??= _call.Input.max().to(ScalarType.Float64).ToDouble();

    /// <summary>The relevance of the input; null when it is zero everywhere.</summary>
    public Tensor? Run()
    {
        if (_call.Relevance.numel() == 0)
        {
            return null;
        }

        Tensor? total = null;
        foreach (var group in _rule.TermGroups)
        {
            var terms = group.Terms.Select(term => (Term: term, Value: ValueOf(term.Input))).ToList();
            var live = terms.Where(entry => entry.Value is not Zero).ToList();
            if (live.Count == 0 || group.Coefficient == 0 || Numerator(group) is not { } numerator)
            {
                continue;
            }

            using var quotient = Quotient(group, terms, numerator);
            if (!ReferenceEquals(numerator, _call.Relevance))
            {
                numerator.Dispose();
            }

            if (_rule.TermGroups.Count == 1)
            {
                FreeOutputs();
            }

            var gradients = Gradients(live, quotient);
            for (var i = 0; i < live.Count; i++)
            {
                total = Add(total, live[i].Term, live[i].Value, gradients[i], group.Coefficient);
            }
        }

        return total;
    }

    /// <summary>Frees the outputs that no other group reads: with a large batch they are most of the memory.</summary>
    private void FreeOutputs()
    {
        foreach (var tensor in _fresh)
        {
            tensor.Dispose();
        }

        _fresh.Clear();
        _outputs.Clear();
    }

    /// <summary>The relevance at the outputs where the group applies; null when there is none.</summary>
    private Tensor? Numerator(TermGroup group)
    {
        if (group.Gate == OutputGate.Open)
        {
            return _call.Relevance;
        }

        if (_call.OutputsAreRectified)
        {
            // Relevance is at positive outputs only: one gate lets all of it through, the other none.
            return group.Gate == OutputGate.Positive ? _call.Relevance : null;
        }

        // One where the output has the gate's sign, zero elsewhere.
        var gated = _call.Output.sign();
        gated = group.Gate == OutputGate.Positive ? gated.clamp_min_(0) : gated.clamp_max_(0).neg_();
        gated.mul_(_call.Relevance);

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

    private Tensor Quotient(TermGroup group, List<(LinearTerm Term, object Value)> terms, Tensor numerator)
    {
        Tensor? denominator = null;
        var owned = false;
        foreach (var (term, value) in terms)
        {
            if (OutputOf(term, value, group.Gate) is not { } output)
            {
                continue;
            }

            if (denominator is null && term.Sign == 1)
            {
                denominator = output;
                owned = _rule.TermGroups.Count == 1 && _fresh.Contains(output);
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

        if (_call.OutputsAreRectified && ReferenceEquals(denominator, _call.Output))
        {
            return _rule.Stabilizer.DivideByNonNegative(numerator, denominator);
        }

        return denominator is null
            ? zeros_like(numerator)
            : _rule.Stabilizer.Divide(numerator, denominator, owned && SameShape(denominator, numerator));
    }

    private static bool SameShape(Tensor left, Tensor right) => left.numel() == right.numel();

    /// <summary>
    /// The gradients of a group's terms. Where the whole weights are asked for beside their positive and negative
    /// parts, as in ZBox, two of the three make the third.
    /// </summary>
    private Tensor[] Gradients(List<(LinearTerm Term, object Value)> terms, Tensor quotient)
    {
        var gradients = new Tensor[terms.Count];
        var whole = terms.FindIndex(entry => entry.Term.Weight == WeightPart.All);
        var positiveTerm = terms.FindIndex(entry => entry.Term.Weight == WeightPart.Positive);
        var negativeTerm = terms.FindIndex(entry => entry.Term.Weight == WeightPart.Negative);
        var summed = _map.HasWeights && whole >= 0 && positiveTerm >= 0 && negativeTerm >= 0;
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
