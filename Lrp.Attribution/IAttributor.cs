using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>A method that computes how much each part of an input contributes to an output of a model.</summary>
/// <remarks>
/// All methods have this interface, so that a program can compare them. An attributor holds no model and can be used
/// for many models.
/// </remarks>
public interface IAttributor
{
    /// <summary>The method's name in tables and reports.</summary>
    string Name { get; }

    /// <summary>Explains a batch for a model of any signature.</summary>
    /// <param name="model">
    /// The model. It must treat the samples of a batch independently, so call <c>eval()</c> first. What it keeps from
    /// one call to the next, such as a cache of keys and values, is the same before each pass and after the last.
    /// </param>
    /// <param name="forward">
    /// Runs the model by its <c>call</c> on arguments of any number of rows, and returns the tensor to explain, rows
    /// along its first dimension. What it computes is freed after the pass; <c>DetachFromDisposeScope()</c> keeps it.
    /// </param>
    /// <param name="arguments">
    /// The tensors that the function gets, samples along the first dimension of each. Those of a floating point type
    /// are explained; integers are explained at the embeddings that look them up.
    /// </param>
    /// <param name="target">The output to explain; by default the predicted class of each sample.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    /// <param name="cancellationToken">Checked before every pass through the model.</param>
    /// <returns>The relevance of each input and the explained outputs; the caller disposes the result.</returns>
    AttributionResult Attribute(
        nn.Module model,
        Func<IReadOnlyList<Tensor>, Tensor> forward,
        IReadOnlyList<ModelArgument> arguments,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Explains a batch for a model of any signature, for one input.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="forward">
    /// Runs the model by its <c>call</c> on an input of any number of rows, and returns the tensor to explain:
    /// <c>input => model.call(new(input)).Logits</c>.
    /// </param>
    /// <param name="input">
    /// The inputs, samples along the first dimension: of a floating point type, or token ids.
    /// </param>
    /// <param name="target">The output to explain; by default the predicted class of each sample.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    /// <param name="cancellationToken">Checked before every pass through the model.</param>
    /// <returns>The relevance of each input and the explained outputs; the caller disposes the result.</returns>
    AttributionResult Attribute(
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

    /// <summary>Explains a batch for a model that maps one tensor to another.</summary>
    /// <param name="model">The model, in evaluation mode.</param>
    /// <param name="input">
    /// The inputs, samples along the first dimension: of a floating point type, or token ids.
    /// </param>
    /// <param name="target">The output to explain; by default the predicted class of each sample.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    /// <param name="cancellationToken">Checked before every pass through the model.</param>
    /// <returns>The relevance of each input and the explained outputs; the caller disposes the result.</returns>
    AttributionResult Attribute(
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
}
