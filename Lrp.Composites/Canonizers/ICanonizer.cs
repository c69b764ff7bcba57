using Lrp.Core.Functions;
using TorchSharp;

namespace Lrp.Composites.Canonizers;

/// <summary>
/// Brings a model into a form in which the rules mean what they should, without changing its function, for as long as
/// a composite is registered on it.
/// </summary>
public interface ICanonizer
{
    /// <summary>Entries for functions that the canonizer adds behind the composite's own; most add none.</summary>
    IReadOnlyList<FunctionEntry> Functions => [];

    /// <summary>Changes a model.</summary>
    /// <param name="model">The model.</param>
    /// <returns>Puts every parameter and buffer back as it was, bit for bit, when disposed.</returns>
    /// <exception cref="InvalidOperationException">The model is not in a state in which that is possible.</exception>
    IDisposable Apply(torch.nn.Module model);
}
