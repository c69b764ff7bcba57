using Microsoft.Extensions.Logging;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Analysis.Probes;

/// <summary>Trains a probe as NeuroX does: mini-batches, Adam and an elastic net, loss + λ₁Σ|W| + λ₂‖W‖.</summary>
internal static class AdamTraining
{
    public static (Tensor Weight, Tensor Bias) Run(
        Tensor activations,
        Tensor labels,
        long classes,
        ProbeOptions options,
        IProgress<ProbeProgress>? progress,
        ILogger? logger
    )
    {
        using var scope = NewDisposeScope();
        using var recording = set_grad_enabled(true);
        using var generator = new Generator((ulong)options.Seed, CPU);
        var type = activations.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var device = activations.device;
        activations = activations.detach();
        if (options.Task == ProbeTask.Regression)
        {
            labels = labels.to(type);
        }
        else
        {
            labels = labels.to(ScalarType.Int64);
        }

        var rows = activations.shape[0];
        var heldOut = options.Patience is null ? 0 : Math.Max(1, (long)(rows * options.ValidationShare));
        if (heldOut >= rows)
        {
            throw new ArgumentException(
                $"Early stopping holds out {heldOut} of {rows} rows, which leaves none to train on; leave out "
                    + $"{nameof(ProbeOptions.Patience)}."
            );
        }

        var split =
            heldOut == 0
                ? arange(rows, dtype: ScalarType.Int64)
                : randperm(rows, dtype: ScalarType.Int64, generator: generator);
        var training = split.narrow(0, heldOut, rows - heldOut);
        var validation = heldOut == 0 ? null : split.narrow(0, 0, heldOut).to(device);

        // The initial weights of a linear layer: uniform in ±1/√neurons.
        var bound = 1 / Math.Sqrt(activations.shape[1]);
        using var weight = new Parameter(Uniform(bound, generator, type, classes, activations.shape[1]).to(device));
        using var bias = new Parameter(Uniform(bound, generator, type, classes).to(device));
        using var optimizer = optim.Adam([weight, bias], options.LearningRate);

        (Tensor Weight, Tensor Bias, double Loss, int Epoch)? best = null;
        var total = zeros(1, dtype: type, device: device);
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            using (NewDisposeScope())
            {
                var order = options.Shuffle
                    ? training.index_select(
                        0,
                        randperm(training.shape[0], dtype: ScalarType.Int64, generator: generator)
                    )
                    : training;
                Epoch(activations, labels, order.to(device), weight, bias, optimizer, total, options, type);
            }

            double? held = validation is null
                ? null
                : HeldOutLoss(activations, labels, validation, weight, bias, options, type);
            if (progress is not null || logger is not null)
            {
                var loss = total.ToDouble() / training.shape[0];
                progress?.Report(new ProbeProgress(epoch, options.Epochs, loss, held));
                logger?.LogDebug("Probe: epoch {Epoch} of {Epochs}, loss {Loss:g5}", epoch, options.Epochs, loss);
            }

            total.zero_();
            if (held is { } value && (best is null || value < best.Value.Loss))
            {
                best = (weight.detach().clone(), bias.detach().clone(), value, epoch);
            }
            else if (best is { } kept && epoch - kept.Epoch >= options.Patience)
            {
                logger?.LogInformation(
                    "Probe: no lower loss since epoch {Best}; stopped after epoch {Epoch}",
                    kept.Epoch,
                    epoch
                );
                break;
            }
        }

        return (
            (best?.Weight ?? weight.detach().clone()).MoveToOuterDisposeScope(),
            (best?.Bias ?? bias.detach().clone()).MoveToOuterDisposeScope()
        );
    }

    private static void Epoch(
        Tensor activations,
        Tensor labels,
        Tensor order,
        Parameter weight,
        Parameter bias,
        Adam optimizer,
        Tensor total,
        ProbeOptions options,
        ScalarType type
    )
    {
        for (long start = 0; start < order.shape[0]; start += options.BatchSize)
        {
            using var step = NewDisposeScope();
            var count = Math.Min(options.BatchSize, order.shape[0] - start);
            var chosen = order.narrow(0, start, count);
            var loss = Loss(
                activations.index_select(0, chosen).to(type),
                labels.index_select(0, chosen),
                weight,
                bias,
                options.Task
            );
            if (options.L1 > 0)
            {
                loss = loss + (weight.abs().sum() * options.L1);
            }

            if (options.L2 > 0)
            {
                loss = loss + (weight.norm() * options.L2);
            }

            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            total.add_(loss.detach() * count);
        }
    }

    private static Tensor Loss(Tensor rows, Tensor labels, Tensor weight, Tensor bias, ProbeTask task)
    {
        var scores = nn.functional.linear(rows, weight, bias);
        return task == ProbeTask.Classification
            ? nn.functional.cross_entropy(scores, labels)
            : nn.functional.mse_loss(scores.squeeze(1), labels);
    }

    private static double HeldOutLoss(
        Tensor activations,
        Tensor labels,
        Tensor chosen,
        Tensor weight,
        Tensor bias,
        ProbeOptions options,
        ScalarType type
    )
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Loss(
                activations.index_select(0, chosen).to(type),
                labels.index_select(0, chosen),
                weight,
                bias,
                options.Task
            )
            .ToDouble();
    }

    private static Tensor Uniform(double bound, Generator generator, ScalarType type, params long[] shape) =>
        empty(shape, dtype: type).uniform_(-bound, bound, generator);
}
