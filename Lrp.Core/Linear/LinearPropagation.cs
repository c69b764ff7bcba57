using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>
/// Carries a <see cref="LinearRule"/> out for one call of a layer, leaving out whatever is known to be zero and
/// computing nothing twice.
/// </summary>
internal sealed class LinearPropagation
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

            foreach (var (term, value) in live)
            {
                total = Add(total, term, value, quotient, share.Coefficient);
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

    private Tensor Add(Tensor? total, LinearTerm term, object value, Tensor quotient, double coefficient)
    {
        var gradient = Gradient(value, term.Weight, quotient);
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

    /// <summary>
    /// What a part comes to: a tensor, <see cref="Zero"/>, or <see cref="One"/>. Parts that come to the same are the
    /// same object.
    /// </summary>
    private object ValueOf(InputPart part) => part.Kind switch
    {
        InputPartKind.All => call.Input,
        InputPartKind.Ones => One.Everywhere,
        InputPartKind.Positive when Lowest >= 0 => call.Input,
        InputPartKind.Positive when Highest <= 0 => Zero.Everywhere,
        InputPartKind.Positive => positive ??= call.Input.clamp_min(0),
        InputPartKind.Negative when Lowest >= 0 => Zero.Everywhere,
        InputPartKind.Negative when Highest <= 0 => call.Input,
        InputPartKind.Negative => negative ??= call.Input.clamp_max(0),
        _ => map.Constant(part, call.InputShapes[0]),
    };

    /// <summary>The output of a term; null when it is zero everywhere.</summary>
    private Tensor? OutputOf(LinearTerm term, object value, OutputGate gate)
    {
        var bias = rule.ExcludeBias || !map.HasBias ? WeightPart.None : term.Bias;
        if (value is Zero)
        {
            return bias == WeightPart.None ? null : map.Bias(bias);
        }

        var key = (value, term.Weight, bias);
        if (!outputs.TryGetValue(key, out var output))
        {
            outputs[key] = output = Compute(term, value, bias, gate);
        }

        return output;
    }

    private Tensor Compute(LinearTerm term, object value, WeightPart bias, OutputGate gate)
    {
        if (value is One)
        {
            return map.ForwardOfOnes(call.InputShapes[0], term.Weight, bias);
        }

        var input = (Tensor)value;
        if (term.Input.Kind == InputPartKind.Constant)
        {
            return map.ForwardOfConstant(input, term.Weight, bias);
        }

        if (ReferenceEquals(input, call.Input) && Known(term.Weight, bias, gate) is { } known)
        {
            if (!ReferenceEquals(known, call.Output))
            {
                fresh.Add(known);
            }

            return known;
        }

        var output = map.HasFastGraph ? Record(input, term.Weight, bias) : map.Forward(input, term.Weight, bias);
        fresh.Add(output);
        return output;
    }

    /// <summary>The output of a part of the input, with the graph for its gradient.</summary>
    private Tensor Record(Tensor input, WeightPart weight, WeightPart bias)
    {
        using var enabled = enable_grad();
        var leaf = input.detach().requires_grad_();
        var output = map.Forward(leaf, weight, bias);
        graphs[(input, weight)] = (leaf, output);
        return output.detach();
    }

    /// <summary>Σ_j w_ij q_j for a part of the weights.</summary>
    private Tensor Gradient(object value, WeightPart weight, Tensor quotient)
    {
        if (graphs.Remove((value, weight), out var graph))
        {
            var gradient = autograd.grad([graph.Output], [graph.Leaf], [quotient])[0];
            graph.Output.Dispose();
            graph.Leaf.Dispose();
            return gradient;
        }

        var isOwnPass = weight == WeightPart.All
            && rule.NeedsFor(call.Module).HasFlag(RuleNeeds.LocalGraph)
            && ReferenceEquals(value, call.Input);
        return isOwnPass
            ? call.Gradient([quotient])[0]!
            : map.InputGradient(quotient, weight, call.InputShapes[0].Shape);
    }

    /// <summary>
    /// The output of the whole input through a part of the weights, when it follows from outputs that are there.
    /// </summary>
    private Tensor? Known(WeightPart weight, WeightPart bias, OutputGate gate)
    {
        if (!map.HasWeights || weight.Kind != WeightPartKind.Parts || !rule.NeedsFor(call.Module).HasFlag(RuleNeeds.Output))
        {
            return null;
        }

        if (weight == WeightPart.All)
        {
            return !map.HasBias || bias == WeightPart.All
                ? call.Output
                : bias == WeightPart.None ? call.Output.sub(map.Bias(WeightPart.All)) : null;
        }

        // Gamma's two shares: (1, 1+γ) = (2+γ)·(1, 1) − (1+γ, 1). Where the layer's output is negative, its negative
        // part is the larger one and nothing cancels; elsewhere the gate is shut.
        if (gate != OutputGate.Negative)
        {
            return null;
        }

        foreach (var ((part, other, otherBias), known) in outputs)
        {
            if (ReferenceEquals(part, call.Input)
                && other.Kind == WeightPartKind.Parts
                && other.OfPositive == weight.OfNegative
                && other.OfNegative == weight.OfPositive
                && BiasFollows(bias, otherBias))
            {
                return known.neg().add_(call.Output, weight.OfPositive + weight.OfNegative);
            }
        }

        return null;

        bool BiasFollows(WeightPart wanted, WeightPart given) =>
            !map.HasBias
            || (wanted.Kind == WeightPartKind.Parts
                && given.Kind == WeightPartKind.Parts
                && wanted.OfPositive == weight.OfPositive
                && wanted.OfNegative == weight.OfNegative
                && given.OfPositive == weight.OfNegative
                && given.OfNegative == weight.OfPositive);
    }

    private sealed class Zero
    {
        public static Zero Everywhere { get; } = new();
    }

    private sealed class One
    {
        public static One Everywhere { get; } = new();
    }
}
