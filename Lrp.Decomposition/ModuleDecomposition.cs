using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <summary>Splits a module's output as a single step, instead of splitting the operators inside the module.</summary>
public abstract class ModuleDecomposition : DecompositionRule
{
    /// <summary>Splits the outputs.</summary>
    /// <param name="module">The module that ran.</param>
    /// <param name="context">
    /// The module's inputs and outputs. The tensors among its arguments are <c>context.Input(0)</c>,
    /// <c>context.Input(1)</c> …
    /// </param>
    /// <returns>One entry per tensor among the outputs: its parts, or null where no component reaches it.</returns>
    public abstract IReadOnlyList<CompositionChunk?> Split(nn.Module module, OperatorContext context);

    /// <summary>Creates a rule from a function, for modules with one output.</summary>
    /// <param name="split">Returns the output's parts.</param>
    public static ModuleDecomposition From(Func<nn.Module, OperatorContext, CompositionChunk?> split) =>
        new Single(split);

    private sealed class Single(Func<nn.Module, OperatorContext, CompositionChunk?> split) : ModuleDecomposition
    {
        public override IReadOnlyList<CompositionChunk?> Split(nn.Module module, OperatorContext context) =>
            [split(module, context)];
    }
}

/// <summary>Treats the module as opaque: its whole output goes to the residual.</summary>
public sealed class OpaqueModule : ModuleDecomposition
{
    /// <inheritdoc/>
    public override IReadOnlyList<CompositionChunk?> Split(nn.Module module, OperatorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return [.. context.Outputs.Select(output => output is null ? null : context.Opaque(output))];
    }
}
