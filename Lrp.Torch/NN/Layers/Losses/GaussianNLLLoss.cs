using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>
/// Negative log likelihood of independent normal variables, summed over all dimensions but the first:
/// (log variance + (input − target)² / variance) / 2, and log(2π) / 2 an entry if <see cref="full"/>.
/// </summary>
public sealed class GaussianNLLLoss : Loss<Tensor, Tensor, Tensor, Tensor>
{
    public GaussianNLLLoss(bool full = false, float eps = 1e-8f, Reduction reduction = Reduction.Mean) : base(reduction)
    {
        this.full = full;
        this.eps = eps;
    }

    public bool full { get; }

    public float eps { get; }

    public override Tensor forward(Tensor input, Tensor target, Tensor variance)
    {
        using var scope = NewDisposeScope();
        input = input.view(input.size(0), -1);
        target = target.view(target.size(0), -1);
        variance = variance.view(target.size(0), -1);
        if (!input.shape.AsSpan().SequenceEqual(target.shape))
        {
            throw new ArgumentException(
                $"GaussianNLLLoss: input {Held.Shape(input)} and target {Held.Shape(target)} must have one shape.", nameof(target));
        }

        if (variance.size(1) != input.size(1) && variance.size(1) != 1)
        {
            throw new ArgumentException(
                $"GaussianNLLLoss: the variance {Held.Shape(variance)} must have {input.size(1)} columns or one.", nameof(variance));
        }

        if ((variance < 0).any().item<bool>())
        {
            throw new ArgumentException("GaussianNLLLoss: a variance is negative.", nameof(variance));
        }

        using (no_grad())
        {
            variance = variance.clamp_min((double)eps);
        }

        Tensor loss = (0.5 * (variance.log() + (input - target).square() / variance)).sum([1L]);
        if (full)
        {
            loss = loss + 0.5 * input.size(1) * Math.Log(2 * Math.PI);
        }

        loss = reduction switch { Reduction.Mean => loss.mean(), Reduction.Sum => loss.sum(), _ => loss };
        return loss.MoveToOuterDisposeScope();
    }
}
