using Lrp.Core;
using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// An einsum of N operands that carry relevance, with value c: each operand x takes x · ∂c/∂x applied to R / (N·c), the
/// derivative being the einsum in which x and c are exchanged.
/// </summary>
/// <remarks>The epsilon rule, then equal shares: AttnLRP, proposition 3.3.</remarks>
internal sealed class EinsteinSum(string equation, Stabilizer stabilizer) : FunctionPropagation
{
    private readonly KeptOutput _kept = new();

    public override string Name => $"einsum('{equation}')";

    public override Tensor Forward(IReadOnlyList<Tensor> operands)
    {
        _ = Terms(operands);
        return einsum(equation, [.. operands]);
    }

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override void OnForward(Tensor output) => _kept.Keep(output);

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        var (inputs, output) = Terms(kept);
        var factors = wanted.Count(w => w);
        var value = _kept.Take(() => einsum(equation, [.. kept]));
        var quotient = stabilizer.Divide(relevance, factors == 1 ? value : value.mul(factors));
        return [.. wanted.Select((w, k) => w ? Derivative(k).mul(kept[k]) : null)];

        Tensor Derivative(int k)
        {
            var others = Enumerable.Range(0, kept.Count).Where(j => j != k).ToList();
            var left = string.Join(",", others.Select(j => inputs[j]).Prepend(output));
            var operands = others.Select(j => kept[j]).Prepend(quotient).ToList();
            // An index that only this operand has was summed over: each of its entries takes the whole.
            var alone = inputs[k].Where(letter => char.IsLetter(letter) && !left.Contains(letter)).ToArray();
            if (alone.Length > 0)
            {
                left += "," + new string(alone);
                var sizes = inputs[k].Replace("...", "");
                var skipped = inputs[k].Contains("...") ? kept[k].dim() - sizes.Length : 0;
                var dots = inputs[k].IndexOf("...", StringComparison.Ordinal);
                operands.Add(
                    ones(
                        alone
                            .Select(letter =>
                            {
                                var position = sizes.IndexOf(letter);
                                return kept[k].shape[dots >= 0 && position >= dots ? position + skipped : position];
                            })
                            .ToArray(),
                        dtype: quotient.dtype,
                        device: quotient.device
                    )
                );
            }
            var derivative = einsum($"{left}->{inputs[k]}", [.. operands]);
            return Broadcasting.SumTo(derivative, kept[k].shape);
        }
    }

    private (string[] Inputs, string Output) Terms(IReadOnlyList<Tensor> operands)
    {
        var sides = equation.Replace(" ", "").Split("->");
        var inputs = sides[0].Split(',');
        if (inputs.Length != operands.Count)
        {
            throw new ArgumentException(
                $"einsum '{equation}' names {inputs.Length} operands and got {operands.Count}."
            );
        }

        if (
            inputs.FirstOrDefault(term => term.Where(char.IsLetter).Distinct().Count() != term.Count(char.IsLetter)) is
            { } diagonal
        )
        {
            throw new NotSupportedException(
                $"einsum '{equation}' takes a diagonal ('{diagonal}'), for which relevance has no rule here: "
                    + "take it with diagonal() before."
            );
        }
        var output = sides.Length > 1 ? sides[1] : Implicit(sides[0]);
        return (inputs, output);
    }

    // Without an arrow: the letters that occur once, in alphabetical order, after the broadcast dimensions.
    private static string Implicit(string left) =>
        (left.Contains("...") ? "..." : "")
        + new string([
            .. left.Where(char.IsLetter)
                .GroupBy(letter => letter)
                .Where(group => group.Count() == 1)
                .Select(group => group.Key)
                .Order(),
        ]);
}
