using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>Says which decomposition rules apply where in a model; a composite implements it.</summary>
public interface IDecomposer
{
    /// <summary>
    /// Follows a model's calls, so that any tensor of a call can be split into the contributions of the input's
    /// components.
    /// </summary>
    /// <param name="model">The model; run it with <c>call</c>, on the tensor that the composition splits.</param>
    /// <param name="composition">The input's composition.</param>
    /// <param name="options">Options of the decomposition; the defaults when left out.</param>
    /// <returns>The run; dispose it to remove its hooks from the model.</returns>
    DecompositionRun Decompose(nn.Module model, Composition composition, DecompositionOptions? options = null);
}
