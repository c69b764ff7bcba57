using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <content>Passes at other arguments than the samples: tokens are replaced or taken out.</content>
public sealed partial class AttributionSlice
{
    /// <summary>Computes the explained output where one of the arguments, such as token ids, is another.</summary>
    /// <param name="position">The argument's position.</param>
    /// <param name="copies">Shape (copies · n, …).</param>
    /// <returns>Shape (copies · n).</returns>
    internal Tensor ExplainedWith(int position, Tensor copies)
    {
        BeforePass();
        using var scope = NewDisposeScope();
        using var off = no_grad();
        try
        {
            var repeats = copies.shape[0] / Samples;
            var arguments = _arguments.Select((other, k) => k == position ? copies : Repeated(other, repeats));
            var output = _model.Run([.. arguments], _ => null);
            Counter.Add(copies.shape[0]);
            return scope.Return(Weighted(output, WeightsFor(output)));
        }
        finally
        {
            _model.EndPass();
        }
    }

    /// <summary>Computes the explained output of arguments of another length.</summary>
    /// <param name="first">The number of the first of these samples in the slice.</param>
    /// <param name="arguments">The arguments of some samples.</param>
    /// <returns>One number for each of these samples.</returns>
    /// <exception cref="ArgumentException">The target names a place in outputs of the original length.</exception>
    internal Tensor ExplainedOfOther(long first, IReadOnlyList<Tensor> arguments)
    {
        BeforePass();
        var whole = ExplainedShape();
        using var scope = NewDisposeScope();
        using var off = no_grad();
        try
        {
            var output = _model.Run(arguments, _ => null);
            var rows = output.shape[0];
            Counter.Add(rows);
            if (output.shape[1..].SequenceEqual(whole[1..]))
            {
                return scope.Return(Weighted(output, _weights!.narrow(0, first, rows)));
            }

            if (!_target.CountsFromTheEnd)
            {
                throw new ArgumentException(
                    $"Without some tokens the model's output has the shape [{string.Join(", ", output.shape)}] in "
                        + $"place of [{string.Join(", ", whole)}], so '{_target}' is another place in it. Use "
                        + "Target.Token(-1, id) or Target.Tokens(-1, ids), which count from the end, or another "
                        + "TokenRemoval than Deletion."
                );
            }

            var weights = _target.WeightsFor(
                output,
                new BatchPart(_firstSample + first, output.shape[0], _model.Samples)
            );
            return scope.Return(Weighted(output, weights));
        }
        finally
        {
            _model.EndPass();
        }
    }

    /// <summary>The shape of the output for the samples themselves.</summary>
    private long[] ExplainedShape()
    {
        if (_weights is null)
        {
            ExplainedOfInputs();
        }

        return _weights!.shape;
    }
}
