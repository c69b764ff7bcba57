namespace Lrp.Rules;

/// <summary>
/// A module of your own that works entry by entry, as an activation does: presets and rules for activations count it
/// among them.
/// </summary>
public interface IActivation;

/// <summary>
/// A module whose output has the shape of its input and that only scales it, such as a preprocessing step: presets
/// pass relevance on unchanged.
/// </summary>
public interface IPassesRelevance;

/// <summary>
/// A module that sums or averages: presets share relevance in proportion, by <see cref="Norm"/>.
/// </summary>
public interface ISharesRelevance;

/// <summary>A product of features and a gate: presets give all relevance to the features.</summary>
public interface IGatedProduct
{
    /// <summary>The position of the gate among the module's tensors; null where neither is one.</summary>
    int? Gate { get; }
}
