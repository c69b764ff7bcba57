namespace Lrp.Core.Forward;

/// <summary>
/// What a composite's entry may hold for decomposition: a <see cref="DecompositionAlgorithm"/> for everything that runs in
/// a module, an <see cref="OperatorRule"/> for one operator, or a <see cref="ModuleDecomposition"/> for a module as one step.
/// </summary>
public abstract class ForwardRule : Rule
{
}
