using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>Intercepted products and quotients with a gate, or at the end of a written activation.</summary>
internal static class GateCalls
{
    /// <summary>Which operand takes all relevance.</summary>
    public static GateRole RoleIn(OperatorCall call, RuleSite site)
    {
        if (
            RuledOperator.OperandsOf(call).Any(operand => operand.is_complex())
            || call.Argument("rounding_mode") is string
        )
        {
            return GateRole.None;
        }

        var (first, second) = OperandFacts.Of(call, site);
        var isQuotient = IsQuotient(call);
        return (first, second) switch
        {
            (null, null) => GateRole.None,
            (_, null) => GateRole.First,
            (null, _) => GateRole.Second,
            var (value, factor) when Gates.IsGate(value, factor, isQuotient) => GateRole.First,
            var (factor, value) when !isQuotient && Gates.IsGate(value, factor, isQuotient: false) => GateRole.Second,
            var (one, other) when HasSource(one, other) => GateRole.Source,
            var (value, factor) when Gates.IsGateInProduct(value, factor, isQuotient) => GateRole.First,
            var (factor, value) when !isQuotient && Gates.IsGateInProduct(value, factor, isQuotient: false) =>
                GateRole.Second,
            _ => GateRole.None,
        };
    }

    /// <summary>
    /// Whether an operand takes all relevance. Where both take it, factors of one that are gates of factors of the
    /// other are noted as such: f(x) in x·(f(x)·u), for instance.
    /// </summary>
    public static bool Includes(OperatorCall call, RuleSite site)
    {
        if (RoleIn(call, site) != GateRole.None)
        {
            return true;
        }

        if (OperandFacts.Of(call, site) is ({ } first, { } second) && call.Argument("rounding_mode") is not string)
        {
            var isQuotient = IsQuotient(call);
            var gates = Gates
                .GatesInProduct(first, second, isQuotient)
                .Concat(Gates.GatesInProduct(second, first, isQuotient))
                .ToList();
            foreach (var gate in gates)
            {
                gate.Product!.Constants.Add(gate.Operand!);
                ForwardTrace.Of(site).Undecided.Remove(gate.Product.Constants);
            }
        }

        return false;
    }

    /// <summary>
    /// A product of two values that both take relevance, unless a later product shows that one is a gate. A product
    /// with 1/x is a quotient.
    /// </summary>
    public static Tensor Multiplied(OperatorCall call, RuleSite site, Tensor a, Tensor b)
    {
        var (first, second) = OperandFacts.Of(call, site);
        if (first is not null && second is not null)
        {
            var (value, inverse) =
                Gates.Divides(second) ? (a, b)
                : Gates.Divides(first) ? (b, a)
                : default;
            if (value is not null)
            {
                var trace = ForwardTrace.Of(site);
                trace.Undecided[trace.Constants] = Division.Undefined(
                    $"{call.Operator} with a reciprocal, a division",
                    trace.Module,
                    value,
                    inverse
                );
                return new Multiplication().Run(site, value, inverse.detach());
            }
        }

        var constants = ForwardTrace.Of(site).Constants;
        return new Multiplication(k => (k == 0 ? first : second) is { } fact && constants.Contains(fact)).Run(
            site,
            a,
            b
        );
    }

    /// <summary>A product within another operator, of whose factors a gate takes no relevance.</summary>
    public static Tensor Product(RuleSite site, Tensor a, Tensor b) =>
        IsGate(site, a, b, isQuotient: false) ? new Multiplication().Run(site, a, b.detach())
        : IsGate(site, b, a, isQuotient: false) ? new Multiplication().Run(site, a.detach(), b)
        : new Multiplication().Run(site, a, b);

    /// <summary>
    /// A quotient in which no gate was recognised: of two values that both carry relevance the numerator takes all of
    /// it, if a later product shows that the divisor is a gate, as in (s / |x|)·x. Otherwise the pass ends with an
    /// exception.
    /// </summary>
    public static Tensor Quotient(OperatorCall call, RuleSite site, Tensor numerator, Tensor divisor)
    {
        if (!numerator.requires_grad || !divisor.requires_grad)
        {
            return divisor.requires_grad
                ? ActivationCalls.Reciprocal(site, numerator, divisor)
                : new Division().Run(site, numerator, divisor);
        }

        var trace = ForwardTrace.Of(site);
        trace.Undecided[trace.Constants] = Division.Undefined(call.Operator, trace.Module, numerator, divisor);
        return new Division().Run(site, numerator, divisor.detach());
    }

    /// <summary>A quotient within another operator, of which a divisor that is a gate takes no relevance.</summary>
    public static Tensor InnerQuotient(OperatorCall call, RuleSite site, Tensor numerator, Tensor divisor) =>
        numerator.requires_grad && IsGate(site, numerator, divisor, isQuotient: true)
            ? new Division().Run(site, numerator, divisor.detach())
            : Quotient(call, site, numerator, divisor);

    /// <summary>The operands of a matrix product; one that only normalizes the other is a constant.</summary>
    public static (Tensor First, Tensor Second) WithoutNorm(RuleSite site, Tensor a, Tensor b)
    {
        var trace = ForwardTrace.Of(site);
        if (
            !a.requires_grad
            || !b.requires_grad
            || trace.Lineage.Find(a) is not { } one
            || trace.Lineage.Find(b) is not { } other
        )
        {
            return (a, b);
        }

        if (Gates.IsNorm(one, other))
        {
            trace.Constants.Add(other);
            return (a, b.detach());
        }

        if (Gates.IsNorm(other, one))
        {
            trace.Constants.Add(one);
            return (a.detach(), b);
        }

        return (a, b);
    }

    private static bool IsGate(RuleSite site, Tensor value, Tensor factor, bool isQuotient)
    {
        var trace = ForwardTrace.Of(site);
        if (trace.Lineage.Find(value) is not { } carrier || trace.Lineage.Find(factor) is not { } gate)
        {
            return false;
        }

        if (!Gates.IsGate(carrier, gate, isQuotient) && !Gates.IsGateInProduct(carrier, gate, isQuotient))
        {
            return false;
        }

        trace.Constants.Add(gate);
        return true;
    }

    /// <summary>
    /// Which operand the other one was computed from, whether from itself or from what it is a copy of.
    /// </summary>
    public static GateRole FeatureRoleIn(OperatorCall call, RuleSite site) =>
        OperandFacts.Of(call, site) switch
        {
            ({ } features, { } gate) when gate.IsComputedFrom(features.Original) => GateRole.First,
            ({ } gate, { } features) when gate.IsComputedFrom(features.Original) => GateRole.Second,
            _ => GateRole.None,
        };

    /// <summary>Carries out a product or quotient so that relevance goes where <see cref="RoleIn"/> says.</summary>
    public static object? Apply(OperatorCall call, RuleSite site) => Apply(call, site, RoleIn(call, site));

    /// <summary>The same for <see cref="FeatureRoleIn"/>.</summary>
    public static object? ApplyToFeatures(OperatorCall call, RuleSite site) =>
        Apply(call, site, FeatureRoleIn(call, site));

    /// <summary>Whether a constant meets an affine function of the model's input.</summary>
    public static bool IsOfInput(OperatorCall call, RuleSite site) =>
        OperandFacts.Of(call, site) switch
        {
            ({ } only, null) => Gates.IsOfInput(only),
            (null, { } only) => Gates.IsOfInput(only) && !IsQuotient(call),
            _ => false,
        };

    /// <summary>Carries out such an operator: all relevance goes to the input.</summary>
    public static object? ApplyToInput(OperatorCall call, RuleSite site)
    {
        var position = OperandFacts.Of(call, site).First is null ? 1 : 0;
        var operand = (Tensor)call.Arguments[position]!;
        Tensor Invoke(Tensor x) =>
            (Tensor)call.InvokeOutOfPlace([.. call.Arguments.Select((argument, k) => k == position ? x : argument)])!;
        if (!call.IsInPlace)
        {
            return new IdentityFunction("input transform", Invoke).Run(site, operand);
        }

        var first = (Tensor)call.Arguments[0]!;
        return first.copy_(new IdentityFunction("input transform", Invoke).Run(site, operand.clone()));
    }

    private static object? Apply(OperatorCall call, RuleSite site, GateRole role)
    {
        var first = (Tensor)call.Arguments[0]!;
        var second = call.TensorOrNumber("other", first);
        var (one, other) = OperandFacts.Of(call, site);
        var isQuotient = IsQuotient(call);
        var constants = ForwardTrace.Of(site).Constants;
        switch (role)
        {
            case GateRole.First:
                constants.AddRange(other is null ? [] : [other]);
                return call.OnFirst(a => Combined(site, isQuotient, a, second.detach()));
            case GateRole.Second when isQuotient:
                return call.OnFirst(a => ActivationCalls.Reciprocal(site, a, second));
            case GateRole.Second:
                constants.AddRange(one is null ? [] : [one]);
                return call.OnFirst(a => Combined(site, isQuotient, a.detach(), second));
            default:
                constants.AddRange([one!, other!]);
                ForwardTrace.Of(site).Carrier = Gates.CommonSource(one!, other!);
                using (var source = SourceOf(one!, other!)!)
                {
                    return call.OnFirst(a =>
                        new IdentityFunction(
                            "activation",
                            _ => isQuotient ? a.detach().div(second.detach()) : a.detach().mul(second.detach())
                        ).Run(site, source)
                    );
                }
        }
    }

    private static Tensor Combined(RuleSite site, bool isQuotient, Tensor a, Tensor b) =>
        isQuotient ? new Division().Run(site, a, b) : new Multiplication().Run(site, a, b);

    private static bool IsQuotient(OperatorCall call) =>
        call.Operator.StartsWith("aten::div", StringComparison.Ordinal);

    private static Tensor? SourceOf(TensorFact one, TensorFact other) =>
        Gates.CommonSource(one, other) is { } source ? OperandFacts.Alive(source) : null;

    private static bool HasSource(TensorFact one, TensorFact other)
    {
        using var source = SourceOf(one, other);
        return source is not null;
    }
}
