namespace Lrp.Core;

/// <summary>What a backward rule needs from the forward pass; nothing else is kept alive for it.</summary>
[Flags]
public enum RuleNeeds
{
    /// <summary>Only the shapes of the module's inputs and outputs.</summary>
    Shapes = 0,

    /// <summary>The values of the module's inputs.</summary>
    Input = 1,

    /// <summary>The values of the module's outputs.</summary>
    Output = 2,

    /// <summary>
    /// The graph that autograd built in the module's forward pass, with the inputs and outputs at its ends, so that
    /// the rule can ask for gradients without running the module again.
    /// </summary>
    LocalGraph = 4 | Input | Output,

    /// <summary>
    /// The values of all tensors that the module was given, those that need no gradient too, such as the initial state
    /// of a recurrent layer.
    /// </summary>
    Arguments = 8 | Input,
}
