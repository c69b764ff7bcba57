using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>How one operator's output is split, given the parts of its inputs.</summary>
/// <remarks>
/// The rule is asked only where at least one input carries parts. Its answer must be exact: components and residual sum to
/// the operator's true output, or the residual is left to be implied.
/// </remarks>
public abstract class OperatorRule : ForwardRule
{
    /// <summary>Whether the output shares memory with the input, so that a later in-place change reaches both.</summary>
    public virtual bool IsView => false;

    /// <summary>Splits the outputs.</summary>
    /// <param name="context">The operator, its inputs and outputs, and the algorithm in force.</param>
    /// <returns>One entry an output of the operator: its parts, or null where no component reaches it.</returns>
    public abstract IReadOnlyList<Parts?> Split(OperatorContext context);

    /// <summary>A rule from a function, for operators with one output.</summary>
    /// <param name="split">Gives the output's parts; null for none.</param>
    public static OperatorRule From(Func<OperatorContext, Parts?> split) => new Single(split);

    /// <summary>A rule from a function, for operators with several outputs.</summary>
    /// <param name="split">Gives each output's parts.</param>
    public static OperatorRule FromMany(Func<OperatorContext, IReadOnlyList<Parts?>> split) => new Many(split, false);

    internal static OperatorRule View(Func<OperatorContext, IReadOnlyList<Parts?>> split) => new Many(split, true);

    private sealed class Single(Func<OperatorContext, Parts?> split) : OperatorRule
    {
        public override IReadOnlyList<Parts?> Split(OperatorContext context) => [split(context)];
    }

    private sealed class Many(Func<OperatorContext, IReadOnlyList<Parts?>> split, bool view) : OperatorRule
    {
        public override bool IsView => view;

        public override IReadOnlyList<Parts?> Split(OperatorContext context) => split(context);
    }
}

/// <summary>The operator is not looked into: its whole output goes to the residual.</summary>
public sealed class OpaqueOperator : OperatorRule
{
    /// <inheritdoc/>
    public override IReadOnlyList<Parts?> Split(OperatorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return [.. context.Outputs.Select(output => output is null ? null : context.Opaque(output))];
    }
}

/// <summary>The operator's output counts as a constant: no component reaches it, and what it scales or shifts is split as if it were a number.</summary>
public sealed class ConstantOperator : OperatorRule
{
    /// <inheritdoc/>
    public override IReadOnlyList<Parts?> Split(OperatorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new Parts?[context.Outputs.Count];
    }
}
