using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>
/// One call of a function together with its rule: the value going forward, relevance going backward. An instance serves
/// one call and may keep what it needs of it.
/// </summary>
public abstract class FunctionPropagation
{
    /// <summary>The function's name in messages.</summary>
    public abstract string Name { get; }

    /// <summary>The function's value. Gradients are off.</summary>
    /// <param name="operands">The operands.</param>
    /// <returns>A new tensor.</returns>
    public abstract Tensor Forward(IReadOnlyList<Tensor> operands);

    /// <summary>
    /// The operands that <see cref="Propagate"/> will need; autograd keeps them and notices where they are changed in
    /// place.
    /// </summary>
    /// <param name="operands">The operands.</param>
    /// <returns>Those to keep, none by default.</returns>
    public virtual IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => [];

    /// <summary>Told of the value once <see cref="Forward"/> has made it, where a graph is built.</summary>
    /// <param name="output">The value.</param>
    public virtual void OnForward(Tensor output) { }

    /// <summary>Distributes the value's relevance among the operands.</summary>
    /// <param name="kept">What <see cref="Keep"/> asked for.</param>
    /// <param name="relevance">Relevance at the value, of its shape. Not to be changed in place.</param>
    /// <param name="wanted">Which operands take relevance.</param>
    /// <returns>For each operand its relevance, in its shape; null where it takes none.</returns>
    public abstract IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    );

    /// <summary>Computes the function, and puts its rule into the graph where an operand carries relevance.</summary>
    /// <param name="site">Where relevance and failures are reported to; null where there is no registration.</param>
    /// <param name="operands">
    /// The operands. A module's parameter counts as a constant, and so does what requires no gradient.
    /// </param>
    /// <returns>The function's value.</returns>
    public Tensor Run(RuleSite? site, params Tensor[] operands)
    {
        ArgumentNullException.ThrowIfNull(operands);
        var constants = new List<Tensor>();
        operands = Array.ConvertAll(
            operands,
            operand =>
            {
                ArgumentNullException.ThrowIfNull(operand);
                if (operand is not TorchSharp.Modules.Parameter || !operand.requires_grad)
                {
                    return operand;
                }

                constants.Add(operand.detach());
                return constants[^1];
            }
        );
        try
        {
            return is_grad_enabled() && operands.Any(operand => operand.requires_grad)
                ? FunctionNode.Connect(this, site, operands)
                : Forward(operands);
        }
        finally
        {
            constants.ForEach(constant => constant.Dispose());
        }
    }
}
