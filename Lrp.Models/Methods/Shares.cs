using Lrp.Core;
using Lrp.Models.Layers;
using static TorchSharp.torch;

namespace Lrp.Models.Methods;

/// <summary>
/// A product of two factors, each of which takes a share of the gradient; one with no share is a constant.
/// </summary>
/// <remarks>
/// Halves: the uniform rule, AttnLRP, propositions 3.2 and 3.3. All to one factor: CP-LRP, Ali et al. 2022.
/// </remarks>
/// <param name="first">The share of the first factor.</param>
/// <param name="second">The share of the second factor.</param>
internal sealed class Shares(double first, double second) : GradientChange
{
    public override RuleNeeds Needs => RuleNeeds.Arguments;

    public override bool TakesRelevance(int argument) => ShareOf(argument) != 0;

    public override IReadOnlyList<Tensor> Change(RelevanceCall call, Tensor gradient)
    {
        var (left, right) = (call.Arguments[0].detach(), call.Arguments[1].detach());
        var shares = call.InputPositions.Select(ShareOf).Distinct().ToList();

        // Matrix products copy what is not contiguous, and the gradient of what heads have read is not.
        var scaled =
            call.Module is WeightedValues && shares is [var common] ? Scaled(gradient.contiguous(), common) : null;
        return [.. call.InputPositions.Select((factor, k) => Gradient(factor, call.InputShapes[k].Shape))];

        Tensor Gradient(int factor, long[] shape)
        {
            var other = factor == 0 ? right : left;
            var share = ShareOf(factor);
            return call.Module switch
            {
                QueryKeyProduct product => (factor == 0 ? gradient : gradient.transpose(-2, -1))
                    .matmul(other)
                    .mul_(share * product.Scale),
                WeightedValues when factor == 0 => Arrived().matmul(other.transpose(-2, -1)),
                WeightedValues => other.transpose(-2, -1).matmul(Arrived()),
                _ => Reduced.To(gradient.mul(other), shape).mul_(share),
            };

            Tensor Arrived() => scaled ?? Scaled(gradient, share);
        }
    }

    public override BackwardRule? ShortExplicitForm() => new Explicit(this);

    public override string ToString() => $"{first} and {second}";

    private double ShareOf(int factor) => factor == 0 ? first : second;

    private static Tensor Scaled(Tensor gradient, double share) => share == 1 ? gradient : gradient.mul(share);

    /// <summary>
    /// Of a product entry by entry relevance is shared out as it is; matrix products need the division.
    /// </summary>
    private sealed class Explicit(Shares shares) : ChangeRule(shares)
    {
        private readonly ExplicitRule _ofMatrices = new(shares);

        public override RuleNeeds NeedsFor(nn.Module module) =>
            module is Product ? RuleNeeds.Shapes : _ofMatrices.NeedsFor(module);

        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) =>
            call.Module is Product
                ?
                [
                    .. call.InputPositions.Select(
                        (factor, k) =>
                            Scaled(Reduced.To(call.Relevance, call.InputShapes[k].Shape), shares.ShareOf(factor))
                    ),
                ]
                : _ofMatrices.Propagate(call);
    }
}
