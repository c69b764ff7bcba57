using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Analysis.Probes;

/// <summary>
/// Multinomial logistic regression over all rows: the minimum of the mean cross entropy + λ₂‖W‖², by L-BFGS from zero
/// weights.
/// </summary>
/// <remarks>
/// The search runs over weights of standardized neurons, where it needs far fewer steps; the penalty is on the weights of
/// the neurons as they are, so the minimum is the same.
/// </remarks>
internal static class LogisticRegression
{
    public static (Tensor Weight, Tensor Bias) Solve(
        Tensor activations, Tensor labels, long classes, ProbeOptions options, IProgress<ProbeProgress>? progress, ILogger? logger)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        ScalarType type = activations.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        Tensor x = activations.detach().to(type);
        (long rows, long neurons) = (x.shape[0], x.shape[1]);
        Tensor mean = x.mean([0], keepdim: true);
        Tensor deviation = x.std(0L, unbiased: false, keepdim: true);
        Tensor largest = x.abs().amax([0], keepdim: true);

        // A neuron that never changes can tell nothing apart: its weight stays zero.
        Tensor constant = deviation.le(largest * (type == ScalarType.Float64 ? 1e-13 : 1e-6));
        Tensor scale = deviation.reciprocal().masked_fill(constant, 0);
        Tensor standardized = (x - mean) * scale;
        Tensor target = labels.to(ScalarType.Int64).unsqueeze(1);
        Tensor ones = full([rows, 1], -1.0 / rows, dtype: type, device: x.device);
        long size = classes * neurons;

        (double Value, Tensor Gradient) Objective(Tensor parameters)
        {
            Tensor w = parameters.narrow(0, 0, size).view(classes, neurons);
            Tensor b = parameters.narrow(0, size, classes);
            Tensor logs = nn.functional.linear(standardized, w, b).log_softmax(1);
            Tensor loss = logs.gather(1, target).to(ScalarType.Float64).mean().neg();
            Tensor error = (logs.exp() / rows).scatter_add(1, target, ones);
            Tensor gradient = error.t().mm(standardized);
            if (options.L2 > 0)
            {
                Tensor scaled = w * scale;
                loss = loss + (scaled.square().sum() * options.L2);
                gradient = gradient + (scaled * scale * (2 * options.L2));
            }

            return (loss.ToDouble(), cat([gradient.flatten(), error.sum(0L)]));
        }

        int steps = 0;
        double reached = double.NaN;
        Tensor start = zeros(size + classes, dtype: type, device: x.device);
        using Tensor found = LimitedMemoryBfgs.Minimize(start, Objective, options.Iterations, options.Tolerance, (step, loss) =>
        {
            (steps, reached) = (step, loss);
            progress?.Report(new ProbeProgress(step, options.Iterations, loss, null));
        });
        logger?.LogDebug("Probe: loss {Loss:g5} after {Steps} steps of L-BFGS", reached, steps);
        Tensor weight = found.narrow(0, 0, size).view(classes, neurons) * scale;
        Tensor bias = found.narrow(0, size, classes) - weight.mm(mean.t()).squeeze(1);
        return (weight.contiguous().MoveToOuterDisposeScope(), bias.contiguous().MoveToOuterDisposeScope());
    }
}
