using Lrp.Core;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>The operands of intercepted calls.</summary>
internal static class Operands
{
    /// <summary>An argument that is a tensor.</summary>
    public static Tensor Tensor(this OperatorCall call, string name) => (Tensor)call.Argument(name)!;

    /// <summary>An argument that is a tensor or missing.</summary>
    public static Tensor? OptionalTensor(this OperatorCall call, string name) => call.Argument(name) as Tensor;

    /// <summary>
    /// An argument that is a tensor or a number; a number becomes a tensor of the other operand's type.
    /// </summary>
    public static Tensor TensorOrNumber(this OperatorCall call, string name, Tensor beside) =>
        call.Argument(name) as Tensor ?? Attention.Number(call.GetDouble(name), beside);

    /// <summary>An argument that names an element type or is missing.</summary>
    public static ScalarType? Type(this OperatorCall call, string name) =>
        call.Argument(name) is long type ? (ScalarType)type : null;

    /// <summary>Runs the operator itself as a function of its first operand that passes on all relevance.</summary>
    public static object? Identity(this OperatorCall call, string name, RuleSite site) =>
        call.OnFirst(first =>
            new IdentityFunction(name, x => (Tensor)call.InvokeOutOfPlace([x, .. call.Arguments.Skip(1)])!).Run(
                site,
                first
            )
        );
}
