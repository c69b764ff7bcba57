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

    /// <summary>Explains a batch of inputs.</summary>
    /// <param name="model">
    /// The model. It must treat the samples of a batch independently, so call <c>eval()</c> first.
    /// </param>
    /// <param name="input">The inputs, samples along the first dimension, of a floating point type.</param>
    /// <param name="target">The output to explain; by default the predicted class of each sample.</param>
    /// <param name="progress">Receives a report after every pass through the model.</param>
    /// <param name="cancellationToken">Checked before every pass through the model.</param>
    /// <returns>
    /// The relevance, in the input's shape, and the explained outputs; the caller disposes the result.
    /// </returns>
    AttributionResult Attribute(
        nn.Module<Tensor, Tensor> model,
        Tensor input,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default
    );
}
