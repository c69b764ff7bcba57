using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <content>What the terms of a rule come to: parts of the input, outputs, gradients.</content>
internal sealed partial class LinearPropagation
{
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
            var gradient = VectorJacobian.Product(graph.Output, graph.Leaf, quotient)!;
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
