using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>x_i Σ_j ∂f_j/∂x_i · R_j / f_j through a module's own graph.</summary>
internal static class InputTimesGradient
{
    public static IReadOnlyList<Tensor?> Propagate(RelevanceCall call, Stabilizer stabilizer, double divisor = 1)
    {
        var quotients = new Tensor?[call.Outputs.Count];
        for (var i = 0; i < quotients.Length; i++)
        {
            if (call.OutputRelevance[i] is { } relevance)
            {
                // Adding zero turns −0 into +0, whose sign counts as positive.
                using var output = call.Outputs[i].detach().add(0);
                var quotient = stabilizer.Divide(relevance, output, owned: true);
                quotients[i] = divisor == 1 ? quotient : quotient.div_(divisor);
            }
        }

        var gradients = call.Gradient(quotients);
        return [.. gradients.Select((gradient, i) => gradient?.mul(call.Inputs[i].detach()))];
    }
}
