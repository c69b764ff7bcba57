using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>A call of any operator with one tensor as result, and a user's rule for the way back.</summary>
internal sealed class RuledOperator(FunctionRule rule, OperatorCall call) : FunctionPropagation
{
    private readonly KeptOutput _kept = new();

    public override string Name => call.FullName;

    /// <summary>The results behind the first one, which have no gradient.</summary>
    public IReadOnlyList<object?> Others { get; private set; } = [];

    /// <summary>The tensors among an operator's arguments, lists unpacked.</summary>
    public static IEnumerable<Tensor> OperandsOf(OperatorCall call) =>
        call.Arguments.SelectMany(argument =>
            argument switch
            {
                Tensor tensor => [tensor],
                Tensor?[] tensors => tensors.OfType<Tensor>(),
                _ => Enumerable.Empty<Tensor>(),
            }
        );

    public override Tensor Forward(IReadOnlyList<Tensor> operands)
    {
        var next = 0;
        var arguments = call
            .Arguments.Select(argument =>
                argument switch
                {
                    Tensor => operands[next++],
                    Tensor?[] tensors => Array.ConvertAll(tensors, tensor => tensor is null ? null : operands[next++]),
                    _ => argument,
                }
            )
            .ToList();
        var results = call.InvokeOutOfPlace(arguments) switch
        {
            object?[] several => several,
            var one => [one],
        };
        Others = results[1..];
        return results[0] is Tensor value && !Others.OfType<Tensor>().Any(other => other.is_floating_point())
            ? value
            : throw new NotSupportedException(
                $"{Name} has several results with a gradient, or none, so a rule of your own cannot be used on it."
            );
    }

    public override IReadOnlyList<Tensor> Keep(IReadOnlyList<Tensor> operands) => operands;

    public override void OnForward(Tensor output) => _kept.Keep(output);

    public override IReadOnlyList<Tensor?> Propagate(
        IReadOnlyList<Tensor> kept,
        Tensor relevance,
        IReadOnlyList<bool> wanted
    )
    {
        var output = _kept.Take(() => Forward(kept));
        var given = rule.Propagate(
            new FunctionCall(Name, kept, wanted, output, relevance, name => NotTensor(call.Argument(name)))
        );
        return given?.Count == kept.Count
            ? [.. given.Select((part, k) => part is null ? null : Fitted(part, kept[k]))]
            : throw new InvalidOperationException(
                $"the rule returned {(given is null ? "null" : $"relevance for {given.Count} operands")}, and "
                    + $"{Name} has {kept.Count}"
            );
    }

    /// <summary>Relevance in the shape of the value belongs, summed, to an operand that was broadcast.</summary>
    private static Tensor Fitted(Tensor relevance, Tensor operand) =>
        Broadcasting.Fits(operand.shape, relevance.shape) ? Broadcasting.SumTo(relevance, operand.shape) : relevance;

    private static object? NotTensor(object? argument) => argument is Tensor or IEnumerable<Tensor?> ? null : argument;
}
