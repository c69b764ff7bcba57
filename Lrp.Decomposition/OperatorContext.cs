using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <summary>
/// What a decomposition rule gets for one operator: its inputs with their parts, its true outputs, and the algorithm
/// that applies.
/// </summary>
public abstract partial class OperatorContext
{
    private protected OperatorContext() { }

    /// <summary>The operator and its arguments; it can be run again with other arguments.</summary>
    /// <exception cref="InvalidOperationException">The rule is one for a module, so there is no operator.</exception>
    public abstract Operation Operation { get; }

    /// <summary>The algorithm that applies where the operator ran.</summary>
    public abstract DecompositionAlgorithm Algorithm { get; }

    /// <summary>The number of components in this chunk.</summary>
    public abstract long Count { get; }

    /// <summary>Whether each component has its own rest.</summary>
    public abstract bool IsContextual { get; }

    /// <summary>The operator's true outputs, in order; null for outputs that are undefined or not tensors.</summary>
    public abstract IReadOnlyList<Tensor?> Outputs { get; }

    /// <summary>The operator's first output.</summary>
    public Tensor Output => Outputs[0] ?? throw new InvalidOperationException($"{this} has no output.");

    /// <summary>Gets the input at a position of the arguments.</summary>
    /// <param name="position">0 for the first argument.</param>
    /// <exception cref="ArgumentException">The argument is not a tensor.</exception>
    public abstract Decomposed Input(int position);

    /// <summary>Gets an input by its name in the operator's schema.</summary>
    /// <param name="argument">For example <c>self</c>.</param>
    /// <exception cref="ArgumentException">The operator has no tensor of that name.</exception>
    public Decomposed Input(string argument) =>
        Optional(argument)
        ?? throw new ArgumentException($"{this} has no tensor argument '{argument}'.", nameof(argument));

    /// <summary>The first argument that is a tensor.</summary>
    public abstract Decomposed First { get; }

    /// <summary>Gets an input that may be missing.</summary>
    /// <param name="argument">Its name in the operator's schema.</param>
    /// <returns>The input, or null if it is missing.</returns>
    public abstract Decomposed? Optional(string argument);

    /// <summary>Gets a list of tensors among the arguments.</summary>
    /// <param name="argument">Its name in the operator's schema.</param>
    public abstract IReadOnlyList<Decomposed> List(string argument);

    /// <summary>Gets a constant tensor among the arguments.</summary>
    /// <param name="argument">Its name in the operator's schema.</param>
    /// <returns>The tensor, or null if it is missing.</returns>
    /// <exception cref="NotSupportedException">Components reach that argument.</exception>
    public Tensor? Constant(string argument)
    {
        if (Optional(argument) is not { } found)
        {
            return null;
        }

        return found.IsConstant
            ? found.Value
            : throw new NotSupportedException(
                $"Components reach the argument '{argument}' of {this}, which must be a constant. "
                    + "Give the operator your own rule, or treat it as opaque."
            );
    }

    /// <summary>The sum over all components of the whole composition, not only of this chunk.</summary>
    /// <param name="terms">One term per component, shape (k, *).</param>
    /// <returns>
    /// Shape (*). In a contextual composition, where every component is separate, <paramref name="terms"/> itself.
    /// </returns>
    public abstract Tensor Total(Tensor terms);

    /// <summary>The element-wise maximum over all components of the whole composition.</summary>
    /// <param name="terms">One term per component, shape (k, *).</param>
    /// <returns>Shape (*); in a contextual composition <paramref name="terms"/> itself.</returns>
    public abstract Tensor Largest(Tensor terms);

    /// <summary>The part that belongs to no component.</summary>
    /// <param name="input">A tensor with parts.</param>
    /// <returns>Shape (*); in a contextual composition each component's rest, shape (k, *).</returns>
    public Tensor Residual(Decomposed input)
    {
        var parts = input.Split;
        if (parts.Residual is not null)
        {
            return parts.Residual;
        }

        return input.Value - Total(parts.Components);
    }

    /// <summary>
    /// The sum of the components: x - r; or the sum of the parts themselves with <see cref="Reference.SumOfParts"/>.
    /// </summary>
    /// <param name="input">A tensor with parts.</param>
    /// <param name="residual">Its residual.</param>
    /// <returns>Shape (*); in a contextual composition each component itself, shape (k, *).</returns>
    public Tensor ComponentSum(Decomposed input, Tensor residual) =>
        IsContextual || UsesPartsAsReference ? Total(input.Split.Components) : input.Value - residual;

    /// <summary>Computes a tensor once for the operator and keeps it for the other chunks.</summary>
    /// <param name="key">A name for the tensor, unique within the rule.</param>
    /// <param name="make">Computes the tensor.</param>
    public abstract Tensor Once(string key, Func<Tensor> make);

    /// <summary>
    /// Whether an argument is a gate, and so a constant: the factor of a norm or of an activation that the model writes
    /// out as a product or quotient.
    /// </summary>
    /// <param name="argument">Its name in the operator's schema.</param>
    internal abstract bool IsGate(string argument);

    /// <summary>Whether rules refer to the sum of the parts instead of the model's true activations.</summary>
    private protected abstract bool UsesPartsAsReference { get; }
}
