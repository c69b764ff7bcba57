using static TorchSharp.torch;

namespace Lrp.Composites.Attributors;

/// <summary>A method that tells how much each part of an input had to do with an output of a model.</summary>
/// <remarks>One interface for all, so that a program can lay them side by side. An attributor holds nothing of a model and can serve many.</remarks>
public interface IAttributor
{
    /// <summary>The method's name, as tables and reports print it.</summary>
    string Name { get; }

    /// <summary>Explains a batch of inputs.</summary>
    /// <param name="model">The model; it must treat the samples of a batch independently, which is what <c>eval()</c> is for.</param>
    /// <param name="input">The inputs, samples along the first dimension, of a floating point type.</param>
    /// <param name="target">Which output to explain; the predicted class of each sample unless told.</param>
    /// <param name="progress">Told after every pass through the model.</param>
    /// <param name="cancellationToken">Asked before every pass through the model.</param>
    /// <returns>Relevance of the input's shape and what it explains; the caller disposes it.</returns>
    Attribution Attribute(
        nn.Module<Tensor, Tensor> model,
        Tensor input,
        Target? target = null,
        IProgress<AttributionProgress>? progress = null,
        CancellationToken cancellationToken = default);
}
