using Lrp.Core;
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
        return Attribute(model, model.call, input, target, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public AttributionResult Attribute(
        nn.Module model,
        Func<Tensor, Tensor> forward,
        Tensor input,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(input);
        return Attribute(model, inputs => forward(inputs[0]), [input], target, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public AttributionResult Attribute(
        nn.Module model,
        Func<IReadOnlyList<Tensor>, Tensor> forward,
        IReadOnlyList<ModelArgument> arguments,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ChunkSize);
        InferenceMode.ThrowIfOn();
        Registration.ThrowIfRegistered(model);

        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var explained = new ExplainedModel(model, forward, arguments)
        {
            ReadsEveryEmbedding = ReadsEveryEmbedding,
        };
        ArgumentChecks.ThrowIfTraining(model);
        using var registration = Register(model);
        if (registration is not null)
        {
            registration.BeginsBehindOutput = true;
        }

        var counter = new ProgressCounter(progress);
        var collected = new CollectedRelevance(explained, Name, scope);
        long first = 0;
        do
        {
            using var sliceScope = NewDisposeScope();
            var count = Math.Min(ChunkSize, explained.Samples - first);
            using var slice = new AttributionSlice(explained, first, count, target ?? Target.Predicted)
            {
                Counter = counter,
                ChunkSize = ChunkSize,
                CancellationToken = cancellationToken,
                BeginsRelevance = () => registration is { OutputIsHidden: true },
            };
            if (first == 0)
            {
                CheckOptions(slice);
                counter.Begin(count == 0 ? 0 : explained.Samples * PassesPerSample(slice));
            }

            if (count > 0)
            {
                var relevance = Explain(slice);
                registration?.ThrowIfFaulted();
                ThrowIfNotCalled(registration);
                registration?.ThrowIfNoRuleRan();
                collected.Add(slice, first, relevance);
            }

            first += count;
        } while (first < explained.Samples);

        if (registration is not null && explained.Samples > 0)
        {
            Conclude(registration);
        }

        return collected.Result();
    }

    /// <summary>The method's name.</summary>
    public override string ToString() => Name;

    /// <summary>Explains some samples.</summary>
    /// <param name="slice">The samples, and the computations that a method can use. Gradients are off.</param>
    /// <returns>
    /// The relevance of each of <see cref="AttributionSlice.Inputs"/>, in its shape; for a model with one input a list
    /// of one tensor.
    /// </returns>
    protected abstract IReadOnlyList<Tensor> Explain(AttributionSlice slice);

    /// <summary>How many inputs go through the model per sample; used to report progress.</summary>
    /// <param name="slice">The first samples of the batch.</param>
    protected abstract long PassesPerSample(AttributionSlice slice);

    /// <summary>All samples are explained, and the registration is about to go.</summary>
    private protected virtual void Conclude(Registration registration) { }

    /// <summary>
    /// Throws if the method's options do not fit the inputs; called before the first samples are explained.
    /// </summary>
    /// <param name="slice">The first samples of the batch.</param>
    protected virtual void CheckOptions(AttributionSlice slice) { }

    private protected virtual Registration? Register(nn.Module model) => null;

    /// <summary>
    /// Whether embeddings of something else than the model's arguments are inputs too, such as positions, which may
    /// have no dimension for the samples.
    /// </summary>
    private protected virtual bool ReadsEveryEmbedding => false;

    private void ThrowIfNotCalled(Registration? registration)
    {
        if (registration is { ModelWasCalled: false })
        {
            throw new InvalidOperationException(
                $"'{Name}' gave the model rules, but the function did not run it by call(): TorchSharp runs no hooks "
                    + "for forward(), so the rules had no effect. Use model.call(…) in the function."
            );
        }
    }
}
