using Lrp.Core.Registrations;

namespace Lrp.Composites.Canonizers;

/// <summary>
/// A canonizer that has to see how a model runs: it acts once more when the registered model is called for the first
/// time.
/// </summary>
public interface IFirstCallCanonizer : ICanonizer
{
    /// <summary>Changes the model before it runs for the first time.</summary>
    /// <param name="call">The model, the arguments of the call, and a way to run it without rules.</param>
    /// <returns>Puts every parameter and buffer back as it was, bit for bit, when disposed.</returns>
    /// <exception cref="InvalidOperationException">
    /// The model cannot be changed so; it reaches the caller of the model, nothing is changed, and the next call tries
    /// again.
    /// </exception>
    IDisposable Apply(FirstCall call);
}
