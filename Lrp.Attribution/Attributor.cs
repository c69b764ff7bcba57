using Lrp.Core.Registrations;
using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>
/// The base class of the attributors. It checks the input, splits a batch into slices that fit into memory, and reports
/// progress. Derive from it to write your own method: <see cref="Explain"/> gets some samples and runs the model
/// through the <see cref="AttributionSlice"/>.
/// </summary>
public abstract class Attributor : IAttributor
{
    /// <inheritdoc/>
    public virtual string Name { get; init; }

    /// <summary>
    /// How many inputs, perturbed ones included, go through the model at once. A larger number is faster and needs more
    /// memory; nothing else affects the memory needed.
    /// </summary>
    public int ChunkSize { get; init; } = 16;

    /// <summary>Creates a method with a name.</summary>
    /// <param name="name">The name in tables and reports.</param>
    protected Attributor(string name) => Name = name;

    /// <inheritdoc/>
    public AttributionResult Attribute(
        nn.Module<Tensor, Tensor> model,
        Tensor input,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ChunkSize);
        Registration.ThrowIfRegistered(model);
        CheckInput(input);
        CheckMode(model);
        CheckOptions(input);

        using var scope = NewDisposeScope();
        using var registration = Register(model);
        using var noGradients = no_grad();
        var samples = input.shape[0];
        var relevance = empty_like(input.detach());
        var explained = new List<double>();
        var errors = new List<double>();
        var counter = new ProgressCounter(progress, samples * PassesPerSample(input));
        for (long first = 0; first < samples; first += ChunkSize)
        {
            using var sliceScope = NewDisposeScope();
            var count = Math.Min(ChunkSize, samples - first);
            using var slice = new AttributionSlice(
                model,
                input.detach().narrow(0, first, count),
                target ?? Target.Predicted,
                first
            )
            {
                StartsWithOutput = registration is not null,
                Counter = counter,
                ChunkSize = ChunkSize,
                CancellationToken = cancellationToken,
            };
            relevance.narrow(0, first, count).copy_(Checked(Explain(slice), slice));
            registration?.ThrowIfFaulted();
            explained.AddRange(slice.Explained());
            errors.AddRange(slice.CompletenessErrors);
        }

        return new AttributionResult(
            relevance.MoveToOuterDisposeScope(),
            [.. explained],
            errors.Count == 0 ? null : [.. errors]
        );
    }

    /// <summary>The method's name.</summary>
    public override string ToString() => Name;

    /// <summary>Explains some samples.</summary>
    /// <param name="slice">The samples, and the computations that a method can use. Gradients are off.</param>
    /// <returns>The relevance, in the shape of <see cref="AttributionSlice.Input"/>.</returns>
    protected abstract Tensor Explain(AttributionSlice slice);

    /// <summary>How many inputs go through the model per sample; used to report progress.</summary>
    /// <param name="input">The whole batch.</param>
    protected abstract long PassesPerSample(Tensor input);

    private protected virtual Registration? Register(nn.Module<Tensor, Tensor> model) => null;

    /// <summary>Throws if the method's options do not fit the input; called before the model runs.</summary>
    /// <param name="input">The whole batch.</param>
    protected virtual void CheckOptions(Tensor input) { }

    private Tensor Checked(Tensor? relevance, AttributionSlice slice) =>
        relevance is not null && relevance.is_floating_point() && relevance.shape.SequenceEqual(slice.Input.shape)
            ? relevance
            : throw new InvalidOperationException(
                $"'{Name}' explained samples of shape [{string.Join(", ", slice.Input.shape)}] by "
                    + (
                        relevance is null
                            ? "null"
                            : $"a {relevance.dtype} tensor of shape " + $"[{string.Join(", ", relevance.shape)}]"
                    )
                    + "; relevance must have the shape of the samples and a floating point type."
            );

    private static void CheckInput(Tensor input)
    {
        if (input.dim() < 2)
        {
            throw new ArgumentException(
                $"The input must be a batch with the samples along the first dimension; it has the shape "
                    + $"[{string.Join(", ", input.shape)}]. For one sample: input.unsqueeze(0).",
                nameof(input)
            );
        }

        if (!input.is_floating_point())
        {
            throw new ArgumentException(
                $"The input is {input.dtype}, which has no gradient. Explain a floating point tensor that the "
                    + "model computes from it, such as an embedding, or convert it to a floating point type.",
                nameof(input)
            );
        }

        using var scope = NewDisposeScope();
        var finite = input.detach().isfinite().flatten(1).all(1, false).cpu().data<bool>().ToArray();
        var bad = Array.IndexOf(finite, false);
        if (bad >= 0)
        {
            throw new ArgumentException(
                $"Sample {bad} of the input contains NaN or infinity and cannot be explained.",
                nameof(input)
            );
        }
    }

    /// <summary>
    /// In training mode, dropout and batch norm make the output of a sample depend on random numbers and on the other
    /// samples.
    /// </summary>
    private static void CheckMode(nn.Module model)
    {
        foreach (var (name, module) in model.named_modules().Prepend((model.GetName(), model)))
        {
            var type = module.GetType().Name;
            if (
                module.training
                && (
                    type.Contains("Dropout", StringComparison.Ordinal)
                    || type.Contains("BatchNorm", StringComparison.Ordinal)
                )
            )
            {
                throw new InvalidOperationException(
                    $"'{name}' ({type}) is in training mode, so outputs depend on random numbers or on the batch. "
                        + "Call model.eval() first."
                );
            }
        }
    }
}
