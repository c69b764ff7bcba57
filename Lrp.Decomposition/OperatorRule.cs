namespace Lrp.Decomposition;

/// <summary>Splits the output of one operator, given the parts of its inputs.</summary>
/// <remarks>
/// The rule runs only if at least one input has parts. The result must be exact: either components and residual sum to
/// the operator's true output, or the residual is null and is computed from the components.
/// </remarks>
public abstract class OperatorRule : DecompositionRule
{
    /// <summary>
    /// Whether the output shares memory with the input, so that a later in-place change affects both.
    /// </summary>
    public virtual bool IsView => false;

    /// <summary>Splits the outputs.</summary>
    /// <param name="context">The operator, its inputs and outputs, and the algorithm that applies.</param>
    /// <returns>One entry per output of the operator: its parts, or null where no component reaches it.</returns>
    public abstract IReadOnlyList<CompositionChunk?> Split(OperatorContext context);

    /// <summary>Creates a rule from a function, for operators with one output.</summary>
    /// <param name="split">Returns the output's parts, or null for none.</param>
    public static OperatorRule From(Func<OperatorContext, CompositionChunk?> split) => new Single(split);

    /// <summary>Creates a rule from a function, for operators with several outputs.</summary>
    /// <param name="split">Returns the parts of each output.</param>
    public static OperatorRule FromMany(Func<OperatorContext, IReadOnlyList<CompositionChunk?>> split) =>
        new Many(split, false);

    internal static OperatorRule View(Func<OperatorContext, IReadOnlyList<CompositionChunk?>> split) =>
        new Many(split, true);

    private sealed class Single(Func<OperatorContext, CompositionChunk?> split) : OperatorRule
    {
        public override IReadOnlyList<CompositionChunk?> Split(OperatorContext context) => [split(context)];
    }

    private sealed class Many(Func<OperatorContext, IReadOnlyList<CompositionChunk?>> split, bool view) : OperatorRule
    {
        public override bool IsView => view;

        public override IReadOnlyList<CompositionChunk?> Split(OperatorContext context) => split(context);
    }
}

/// <summary>Treats the operator as opaque: its whole output goes to the residual.</summary>
public sealed class OpaqueOperator : OperatorRule
{
    /// <inheritdoc/>
    public override IReadOnlyList<CompositionChunk?> Split(OperatorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return [.. context.Outputs.Select(output => output is null ? null : context.Opaque(output))];
    }
}

/// <summary>
/// Treats the operator's output as a constant: no component reaches it, and tensors that it scales or shifts are split
/// as if it were a number.
/// </summary>
public sealed class ConstantOperator : OperatorRule
{
    /// <inheritdoc/>
    public override IReadOnlyList<CompositionChunk?> Split(OperatorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new CompositionChunk?[context.Outputs.Count];
    }
}
