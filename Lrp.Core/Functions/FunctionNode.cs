using Lrp.Core.Engine;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>One call of a function whose backward is a rule.</summary>
internal sealed class FunctionNode : RelevanceNode
{
    private readonly FunctionPropagation function;
    private readonly RuleSite? site;
    private readonly bool[] wanted;
    private readonly TensorShape?[] shapes;

    private FunctionNode(FunctionPropagation function, RuleSite? site, Tensor[] operands)
    {
        this.function = function;
        this.site = site;
        wanted = Array.ConvertAll(operands, operand => operand.requires_grad);
        shapes = Array.ConvertAll(operands, operand => operand.requires_grad ? TensorShape.Of(operand) : null);
        using var constant = no_grad();
        var output = function.Forward(operands);
        function.Built(output);
        Faces = [output];
        Save(function.Keep(operands));
    }

    protected override IReadOnlyList<TensorShape?> InputShapes => shapes;

    /// <summary>Computes a function and hangs its rule into the graph.</summary>
    /// <returns>The function's value, connected to the operands that require a gradient.</returns>
    public static Tensor Connect(FunctionPropagation function, RuleSite? site, Tensor[] operands) =>
        RelevanceFunction.Connect(operands, new FunctionNode(function, site, operands))[0];

    protected override void Fault(Exception exception)
    {
        if (site is not null)
        {
            site.Fault(exception);
        }
        else
        {
            FunctionFaults.Keep(new RelevanceException($"The rule of the function {function.Name} failed: {SafeText.Of(exception)}", exception));
        }
    }

    protected override IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance)
    {
        var shares = new Tensor?[shapes.Length];
        if (relevance[0] is not { } arrived)
        {
            return shares;
        }

        var given = function.Share(saved, arrived, wanted);
        for (var k = 0; k < shares.Length; k++)
        {
            if (!wanted[k] || given[k] is not { } share)
            {
                continue;
            }

            if (!share.shape.AsSpan().SequenceEqual(shapes[k]!.Shape))
            {
                throw new InvalidOperationException(
                    $"operand {k} of shape {shapes[k]} was given relevance of shape {TensorShape.Of(share)}");
            }

            shares[k] = share;
        }

        site?.Report([arrived], shares);
        return shares;
    }
}
