using Lrp.Core;

namespace Lrp.Decomposition;

/// <summary>
/// The base class of everything that a composite's entry may hold for decomposition: a <see
/// cref="DecompositionAlgorithm"/> for everything that runs in a module, an <see cref="OperatorRule"/> for one
/// operator, or a <see cref="ModuleDecomposition"/> for a module as a single step.
/// </summary>
public abstract class DecompositionRule : Rule { }
