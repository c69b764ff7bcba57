using Lrp.Core;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Composites.Attributors;

/// <summary>What attributors share: checks, batches cut into slices that fit into memory, progress.</summary>
public abstract class Attributor : IAttributor
{
    /// <inheritdoc/>
    public virtual string Name { get; init; }

    /// <summary>
    /// How many inputs, perturbed ones included, go through the model at once: more is faster, memory grows with it and
    /// with nothing else.
    /// </summary>
    public int ChunkSize { get; init; } = 16;

    /// <summary>A method of a name.</summary>
    /// <param name="name">The name, as tables and reports print it.</param>
    protected Attributor(string name) => Name = name;

    /// <inheritdoc/>
    public Attribution Attribute(
        nn.Module<Tensor, Tensor> model,
        Tensor input,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ChunkSize);
        CheckInput(input);
        CheckMode(model);
        CheckOptions(input);

        using DisposeScope scope = NewDisposeScope();
        using Registration? registration = Register(model);
        using IDisposable noGradients = no_grad();
        long samples = input.shape[0];
        Tensor relevance = empty_like(input.detach());
        var explained = new List<double>();
        var errors = new List<double>();
        var counter = new ProgressCounter(progress, samples * PassesPerSample(input));
        for (long first = 0; first < samples; first += ChunkSize)
        {
            using DisposeScope sliceScope = NewDisposeScope();
            long count = Math.Min(ChunkSize, samples - first);
            using var slice = new AttributionSlice(model, input.detach().narrow(0, first, count), target ?? Target.Predicted, first)
            {
                StartsWithOutput = registration is not null,
                Counter = counter,
                ChunkSize = ChunkSize,
                CancellationToken = cancellationToken,
            };
            relevance.narrow(0, first, count).copy_(Explain(slice));
            registration?.ThrowIfFaulted();
            explained.AddRange(slice.Explained());
            errors.AddRange(slice.CompletenessErrors);
        }

        return new Attribution(relevance.MoveToOuterDisposeScope(), [.. explained], errors.Count == 0 ? null : [.. errors]);
    }

    /// <summary>The method's name.</summary>
    public override string ToString() => Name;

    internal abstract Tensor Explain(AttributionSlice slice);

    /// <summary>How many inputs go through the model for one sample.</summary>
    internal abstract long PassesPerSample(Tensor input);

    internal virtual Registration? Register(nn.Module<Tensor, Tensor> model) => null;

    internal virtual void CheckOptions(Tensor input)
    {
    }

    private static void CheckInput(Tensor input)
    {
        if (input.dim() < 2)
        {
            throw new ArgumentException(
                $"Attributors explain batches, samples along the first dimension; this input has the shape [{string.Join(", ", input.shape)}]. For one sample: input.unsqueeze(0).",
                nameof(input));
        }

        if (!input.is_floating_point())
        {
            throw new ArgumentException(
                $"The input is {input.dtype}, which has no gradient. Explain what the model makes of it, an embedding for instance, or convert it to a floating point type.",
                nameof(input));
        }

        using DisposeScope scope = NewDisposeScope();
        bool[] finite = input.detach().isfinite().flatten(1).all(1, false).cpu().data<bool>().ToArray();
        int bad = Array.IndexOf(finite, false);
        if (bad >= 0)
        {
            throw new ArgumentException($"Sample {bad} of the input holds NaN or infinity; there is no relevance to find in it.", nameof(input));
        }
    }

    /// <summary>Dropout and batch norm in training mode make a sample's output depend on chance and on its neighbours.</summary>
    private static void CheckMode(nn.Module model)
    {
        foreach ((string name, nn.Module module) in model.named_modules().Prepend((model.GetName(), model)))
        {
            string type = module.GetType().Name;
            if (module.training && (type.Contains("Dropout", StringComparison.Ordinal) || type.Contains("BatchNorm", StringComparison.Ordinal)))
            {
                throw new InvalidOperationException($"'{name}' ({type}) is in training mode, so that outputs depend on chance or on the batch. Call model.eval() first.");
            }
        }
    }
}
