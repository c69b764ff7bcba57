using Lrp.Core.Linear;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Rules;

/// <summary>
/// Linear rules as they are written in the papers, computed the long way: every term through a module with changed
/// parameters and through autograd.
/// </summary>
public static class DefinitionOfLinearRules
{
    public static Tensor Relevance(LinearRule rule, Func<nn.Module<Tensor, Tensor>> create, Tensor input, Tensor start)
    {
        using var original = create();
        var output = original.forward(input);
        var total = zeros_like(input);
        foreach (var group in rule.TermGroups)
        {
            var terms = group.Terms.Select(term => Term(term, rule.ExcludeBias, create, input)).ToList();
            var denominator = terms
                .Select((term, i) => term.Output * group.Terms[i].Sign)
                .Aggregate((sum, next) => sum + next);
            var sign = where(denominator.ge(0), ones_like(denominator), -ones_like(denominator));
            var gate = group.Gate switch
            {
                OutputGate.Positive => output.gt(0).to(output.dtype),
                OutputGate.Negative => output.lt(0).to(output.dtype),
                _ => ones_like(output),
            };
            var quotient = (start * gate / (denominator + (sign * rule.Epsilon))).detach();
            for (var i = 0; i < terms.Count; i++)
            {
                var gradient = autograd.grad([terms[i].Output], [terms[i].Input], [quotient], retain_graph: true)[0];
                total += terms[i].Input.detach() * gradient * group.Terms[i].Sign * group.Coefficient;
            }
        }

        return total.detach();
    }

    private static (Tensor Input, Tensor Output) Term(
        LinearTerm term,
        bool excludeBias,
        Func<nn.Module<Tensor, Tensor>> create,
        Tensor input
    )
    {
        var module = create();
        var (weight, bias) = module switch
        {
            Convolution convolution => (convolution.weight, convolution.bias),
            Linear linear => (linear.weight, linear.bias),
            _ => (null, null),
        };
        using (no_grad())
        {
            weight?.copy_(Part(term.Weight, weight));
            bias?.copy_(excludeBias ? zeros_like(bias) : Part(term.Bias, bias));
        }

        var part = term.Input.Kind switch
        {
            InputPartKind.Positive => input.clamp_min(0),
            InputPartKind.Negative => input.clamp_max(0),
            InputPartKind.Ones => ones_like(input),
            InputPartKind.Constant => zeros_like(input) + term.Input.Constant!,
            _ => input.clone(),
        };
        part = part.detach().requires_grad_();
        return (part, weight is null ? Pooled(module, part, term.Weight) : module.forward(part));
    }

    /// <summary>An average pooling as the product with its matrix, which is zero outside the windows.</summary>
    private static Tensor Pooled(nn.Module<Tensor, Tensor> pool, Tensor input, WeightPart part)
    {
        var sample = input.shape[1..];
        var entries = sample.Aggregate(1L, (product, length) => product * length);
        var images = pool.forward(eye(entries, dtype: input.dtype).reshape([entries, .. sample]));
        var weights = images.flatten(1);
        var changed = part.Kind == WeightPartKind.Ones ? weights.ne(0).to(input.dtype) : Part(part, weights);
        return input.flatten(1).matmul(changed).reshape([input.shape[0], .. images.shape[1..]]);
    }

    private static Tensor Part(WeightPart part, Tensor values) =>
        part.Kind switch
        {
            WeightPartKind.Squared => values.pow(2),
            WeightPartKind.Ones => ones_like(values),
            WeightPartKind.None => zeros_like(values),
            _ => (values.clamp_min(0) * part.OfPositive) + (values.clamp_max(0) * part.OfNegative),
        };
}
