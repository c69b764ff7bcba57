using Lrp.Core.Engine;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>One call of a function whose backward is a rule.</summary>
internal sealed class FunctionNode : RelevanceNode
{
    private readonly FunctionPropagation _function;
    private readonly RuleSite? _site;
    private readonly bool[] _wanted;
    private readonly TensorShape?[] _shapes;

    private FunctionNode(FunctionPropagation function, RuleSite? site, Tensor[] operands)
    {
        _function = function;
        _site = site;
        _wanted = Array.ConvertAll(operands, operand => operand.requires_grad);
        _shapes = Array.ConvertAll(operands, operand => operand.requires_grad ? TensorShape.Of(operand) : null);
        using var constant = no_grad();
        var output = function.Forward(operands);
        if (operands.Any(operand => ReferenceEquals(operand, output)))
        {
            output = output.alias(); // the operand's own handle is the caller's
        }

        function.OnForward(output);
        Outputs = [output];
        Save(function.Keep(operands));
    }

    /// <summary>What rules of functions have failed with that run without a registration.</summary>
    public static KeptFaults Faults { get; } = new();

    protected override IReadOnlyList<TensorShape?> InputShapes => _shapes;

    /// <summary>Computes a function and puts its rule into the graph.</summary>
    /// <returns>The function's value, connected to the operands that require a gradient.</returns>
    public static Tensor Connect(FunctionPropagation function, RuleSite? site, Tensor[] operands) =>
        new FunctionNode(function, site, operands).Connect(operands)[0];

    protected override void Fault(Exception exception)
    {
        if (_site is not null)
        {
            _site.Fault(exception, Life);
        }
        else
        {
            Faults.Add(
                new RelevanceException(
                    $"The rule of the function {_function.Name} failed: {SafeText.Of(exception)}",
                    exception
                )
            );
        }
    }

    protected override IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance)
    {
        var arrived = relevance[0]!; // the only output, and a pass without any relevance does not get here
        var result = PropagatedRelevance.Check(_function.Propagate(saved, arrived, _wanted), _shapes);
        _site?.Report([arrived], result);
        return result;
    }
}
