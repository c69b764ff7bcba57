using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>
/// Equal shares for the n inputs of a module: R_i = R / n, element by element (Achtibat et al. 2024, eq. 7).
/// </summary>
/// <remarks>The inputs must have the output's shape.</remarks>
public sealed class Uniform : BackwardRule
{
    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (call.OutputShapes.Count != 1)
        {
            throw new InvalidOperationException(
                $"equal shares of one output's relevance are defined, and the module has "
                    + $"{call.OutputShapes.Count} outputs. Use UniformEpsilon."
            );
        }

        var inputs = call.InputShapes;
        foreach (var input in inputs)
        {
            if (!input.Shape.AsSpan().SequenceEqual(call.OutputShapes[0].Shape))
            {
                throw new InvalidOperationException(
                    $"equal shares need inputs of the output's shape {call.OutputShapes[0]}, and one has {input}. "
                        + "Use UniformEpsilon."
                );
            }
        }

        if (inputs.Count == 1)
        {
            return [call.Relevance];
        }

        return [.. inputs.Select(_ => call.Relevance.div(inputs.Count))];
    }
}
