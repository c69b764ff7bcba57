using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <content>The values of a rule's terms: parts of the input, outputs, gradients.</content>
internal sealed partial class LinearPropagation
{
    /// <summary>
    /// The value of a part: a tensor, <see cref="Zero"/>, or <see cref="One"/>. Parts with the same value are the
    /// same object.
    /// </summary>
    private object ValueOf(InputPart part) =>
        part.Kind switch
        {
            InputPartKind.All => _call.Input,
            InputPartKind.Ones => One.Everywhere,
            InputPartKind.Positive when Lowest >= 0 => _call.Input,
            InputPartKind.Positive when Highest <= 0 => Zero.Everywhere,
            InputPartKind.Positive => _positive ??= _call.Input.clamp_min(0),
            InputPartKind.Negative when Lowest >= 0 => Zero.Everywhere,
            InputPartKind.Negative when Highest <= 0 => _call.Input,
            InputPartKind.Negative => _negative ??= _call.Input.clamp_max(0),
            _ => _map.Constant(part, _call.InputShapes[0]),
        };

    /// <summary>The output of a term; null when it is zero everywhere.</summary>
    private Tensor? OutputOf(LinearTerm term, object value, OutputGate gate)
    {
        var bias = _rule.ExcludeBias || !_map.HasBias ? WeightPart.None : term.Bias;
        if (value is Zero)
        {
            return bias == WeightPart.None ? null : _map.Bias(bias);
        }

        var key = (value, term.Weight, bias);
        if (!_outputs.TryGetValue(key, out var output))
        {
            _outputs[key] = output = Compute(term, value, bias, gate);
        }

        return output;
    }

    private Tensor Compute(LinearTerm term, object value, WeightPart bias, OutputGate gate)
    {
        if (value is One)
        {
            return _map.ForwardOfOnes(_call.InputShapes[0], term.Weight, bias);
        }

        var input = (Tensor)value;
        if (term.Input.Kind == InputPartKind.Constant)
        {
            return _map.ForwardOfConstant(input, term.Weight, bias);
        }

        if (ReferenceEquals(input, _call.Input) && Known(term.Weight, bias, gate) is { } known)
        {
            if (!ReferenceEquals(known, _call.Output))
            {
                _fresh.Add(known);
            }

            return known;
        }

        var output = _map.HasFastGraph ? Record(input, term.Weight, bias) : _map.Forward(input, term.Weight, bias);
        _fresh.Add(output);
        return output;
    }

    /// <summary>The output of a part of the input, with the graph for its gradient.</summary>
    private Tensor Record(Tensor input, WeightPart weight, WeightPart bias)
    {
        using var enabled = enable_grad();
        var leaf = input.detach().requires_grad_();
        var output = _map.Forward(leaf, weight, bias);
        _graphs[(input, weight)] = (leaf, output);
        return output.detach();
    }

    /// <summary>Σ_j w_ij q_j for a part of the weights.</summary>
    private Tensor Gradient(object value, WeightPart weight, Tensor quotient)
    {
        if (_graphs.Remove((value, weight), out var graph))
        {
            var gradient = VectorJacobian.Product(graph.Output, graph.Leaf, quotient)!;
            graph.Output.Dispose();
            graph.Leaf.Dispose();
            return gradient;
        }

        var isOwnPass =
            weight == WeightPart.All
            && _rule.NeedsFor(_call.Module).HasFlag(RuleNeeds.LocalGraph)
            && ReferenceEquals(value, _call.Input);
        return isOwnPass
            ? _call.Gradient([quotient])[0]!
            : _map.InputGradient(quotient, weight, _call.InputShapes[0].Shape);
    }

    /// <summary>
    /// The output of the whole input through a part of the weights, when it follows from outputs that are there.
    /// </summary>
    private Tensor? Known(WeightPart weight, WeightPart bias, OutputGate gate)
    {
        if (
            !_map.HasWeights
            || weight.Kind != WeightPartKind.Scaled
            || !_rule.NeedsFor(_call.Module).HasFlag(RuleNeeds.Output)
        )
        {
            return null;
        }

        if (weight == WeightPart.All)
        {
            return !_map.HasBias || bias == WeightPart.All ? _call.Output
                : bias == WeightPart.None ? _call.Output.sub(_map.Bias(WeightPart.All))
                : null;
        }

        // Gamma's two groups: (1, 1+γ) = (2+γ)·(1, 1) − (1+γ, 1). Where the layer's output is negative, its negative
        // part is the larger one and nothing cancels; elsewhere the gate is shut.
        if (gate != OutputGate.Negative)
        {
            return null;
        }

        foreach (var ((part, other, otherBias), known) in _outputs)
        {
            if (
                ReferenceEquals(part, _call.Input)
                && other.Kind == WeightPartKind.Scaled
                && other.OfPositive == weight.OfNegative
                && other.OfNegative == weight.OfPositive
                && BiasFollows(bias, otherBias)
            )
            {
                return known.neg().add_(_call.Output, weight.OfPositive + weight.OfNegative);
            }
        }

        return null;

        bool BiasFollows(WeightPart wanted, WeightPart given) =>
            !_map.HasBias
            || (
                wanted.Kind == WeightPartKind.Scaled
                && given.Kind == WeightPartKind.Scaled
                && wanted.OfPositive == weight.OfPositive
                && wanted.OfNegative == weight.OfNegative
                && given.OfPositive == weight.OfNegative
                && given.OfNegative == weight.OfPositive
            );
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
