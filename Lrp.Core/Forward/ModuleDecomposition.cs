using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>How a module's output is split when the module is one step, instead of by the operators inside it.</summary>
public abstract class ModuleDecomposition : ForwardRule
{
    /// <summary>Splits the outputs.</summary>
    /// <param name="module">The module that ran.</param>
    /// <param name="context">
    /// Its inputs and outputs: tensors among its arguments are <c>context.Input(0)</c>, <c>context.Input(1)</c> …
    /// </param>
    /// <returns>One entry a tensor among the outputs: its parts, or null where no component reaches it.</returns>
    public abstract IReadOnlyList<Parts?> Split(nn.Module module, OperatorContext context);

    /// <summary>A rule from a function, for modules with one output.</summary>
    /// <param name="split">Gives the output's parts.</param>
    public static ModuleDecomposition From(Func<nn.Module, OperatorContext, Parts?> split) => new Single(split);

    private sealed class Single(Func<nn.Module, OperatorContext, Parts?> split) : ModuleDecomposition
    {
        public override IReadOnlyList<Parts?> Split(nn.Module module, OperatorContext context) => [split(module, context)];
    }
}

/// <summary>The module is not looked into: its whole output goes to the residual.</summary>
public sealed class OpaqueModule : ModuleDecomposition
{
    /// <inheritdoc/>
    public override IReadOnlyList<Parts?> Split(nn.Module module, OperatorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return [.. context.Outputs.Select(output => output is null ? null : context.Opaque(output))];
    }
}
