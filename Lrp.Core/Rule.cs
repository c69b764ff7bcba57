namespace Lrp.Core;

/// <summary>
/// What happens to relevance, or to the components of a value, at one module or function of a network.
/// </summary>
/// <remarks>
/// A rule is immutable and holds nothing of the model that it is used on, so one instance serves any number of modules
/// and registrations. It knows no composite; a composite only decides where it is used.
/// </remarks>
public abstract class Rule
{
    /// <summary>The rule's name and parameters, as registrations and reports print them.</summary>
    /// <returns>For example <c>Gamma(gamma: 0.25)</c>.</returns>
    public override string ToString() => GetType().Name;
}
