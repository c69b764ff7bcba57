using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>What is known of the operands of an intercepted operator.</summary>
internal static class OperandFacts
{
    /// <summary>What is known of the two operands; null for a number and for what nothing is known of.</summary>
    public static (TensorFact? First, TensorFact? Second) Of(OperatorCall call, RuleSite site)
    {
        var lineage = ForwardTrace.Of(site).Lineage;
        return (
            call.Arguments[0] is Tensor first ? lineage.Find(first) : null,
            call.Argument("other") is Tensor second ? lineage.Find(second) : null
        );
    }

    /// <summary>The tensor itself, if it is still there and has the value that the fact is about.</summary>
    public static Tensor? Alive(TensorFact fact)
    {
        var tensor = fact.Weak.Lock();
        if (tensor is not null && TensorState.Of(tensor).Version == fact.Version)
        {
            return tensor;
        }

        tensor?.Dispose();
        return null;
    }
}
