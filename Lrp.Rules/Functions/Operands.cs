using Lrp.Core.Functions;
using static TorchSharp.torch;

namespace Lrp.Rules;

/// <summary>The operands of intercepted calls.</summary>
internal static class Operands
{
    /// <summary>An argument that is a tensor.</summary>
    public static Tensor Tensor(this OperatorCall call, string name) => (Tensor)call.Argument(name)!;

    /// <summary>An argument that is a tensor or missing.</summary>
    public static Tensor? OptionalTensor(this OperatorCall call, string name) => call.Argument(name) as Tensor;

    /// <summary>An argument that is a tensor or a number; a number becomes a tensor of the other operand's type.</summary>
    public static Tensor TensorOrNumber(this OperatorCall call, string name, Tensor beside) =>
        call.Argument(name) as Tensor ?? Attention.Number(call.Number(name), beside);

    /// <summary>An argument that names an element type or is missing.</summary>
    public static ScalarType? Type(this OperatorCall call, string name) => call.Argument(name) is long type ? (ScalarType)type : null;

    /// <summary>
    /// Runs a rule on a call's first operand. Where the operator works in place, the rule sees a copy, and the result is written over
    /// the operand.
    /// </summary>
    public static object? OnFirst(this OperatorCall call, Func<Tensor, Tensor> rule)
    {
        var first = (Tensor)call.Arguments[0]!;
        if (!call.Operator.EndsWith('_'))
            return rule(first);
        first.copy_(rule(first.clone()));
        return first;
    }

    /// <summary>Runs the operator itself as a function of its first operand that hands on all relevance.</summary>
    public static object? Identity(this OperatorCall call, string name, Lrp.Core.RuleSite site) => call.OnFirst(first =>
        new IdentityFunction(name, x => (Tensor)new OutOfPlace(call).Invoke([x, .. call.Arguments.Skip(1)])!).Run(site, first));

    private readonly struct OutOfPlace(OperatorCall call)
    {
        public object? Invoke(object?[] arguments) => call.Operator.EndsWith('_')
            ? OperatorCall.InvokeByName(call.Operator[..^1], call.Overload, arguments)
            : call.Invoke(arguments);
    }
}
