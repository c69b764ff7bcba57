using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>Which operand of a product or quotient takes all relevance.</summary>
internal enum GateRole
{
    /// <summary>None: the operands share it, or no rule says.</summary>
    None,

    /// <summary>The first; the second is a gate or a constant.</summary>
    First,

    /// <summary>The second.</summary>
    Second,

    /// <summary>What both were computed from, entry by entry.</summary>
    Source,
}

/// <summary>Intercepted products and quotients with a gate, and activations that are written out.</summary>
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

        var (first, second) = FactsOf(call, site);
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

        if (FactsOf(call, site) is ({ } first, { } second) && call.Argument("rounding_mode") is not string)
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
        var (first, second) = FactsOf(call, site);
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
                ? Reciprocal(site, numerator, divisor)
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
        FactsOf(call, site) switch
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
        FactsOf(call, site) switch
        {
            ({ } only, null) => Gates.IsOfInput(only),
            (null, { } only) => Gates.IsOfInput(only) && !IsQuotient(call),
            _ => false,
        };

    /// <summary>Carries out such an operator: all relevance goes to the input.</summary>
    public static object? ApplyToInput(OperatorCall call, RuleSite site)
    {
        var position = FactsOf(call, site).First is null ? 1 : 0;
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

    /// <summary>
    /// Whether a division, a product or an exponential is the last step of a softmax that is written out.
    /// </summary>
    public static bool IsSoftmax(OperatorCall call, RuleSite site)
    {
        if (SoftmaxIn(call, site) is not var (scores, _))
        {
            return false;
        }

        scores.Dispose();
        return true;
    }

    /// <summary>Carries out the last step of a softmax that is written out.</summary>
    public static object? Softmax(Rule rule, OperatorCall call, RuleSite site)
    {
        var (source, dimension) = SoftmaxIn(call, site)!.Value;
        var (first, second) = FactsOf(call, site);
        var trace = ForwardTrace.Of(site);
        trace.Constants.AddRange(new[] { first, second }.OfType<TensorFact>());
        trace.Carrier = trace.Lineage.Find(source);
        var arguments = call.Arguments.Select(argument => argument is Tensor tensor ? tensor.detach() : argument);
        var value = (Tensor)call.InvokeOutOfPlace([.. arguments])!;
        using var scores = source;
        var result =
            rule is Taylor
                ? new SoftmaxFunction(dimension, 1, null, value).Run(site, scores)
                : new IdentityFunction("softmax", _ => value).Run(site, scores);
        return call.IsInPlace ? ((Tensor)call.Arguments[0]!).detach_().copy_(result) : result;
    }

    /// <summary>
    /// A function of one tensor that works entry by entry: all relevance goes to its operand, or where the operand is
    /// part of an activation that is written out, such as the 1 + e^x of log(1 + e^x), to what goes into that.
    /// </summary>
    public static object? Activation(OperatorCall call, RuleSite site)
    {
        var name = call.Operator["aten::".Length..];
        var operand = (Tensor)call.Arguments[0]!;
        if (!call.IsInPlace && Inner(site, operand) is { } source)
        {
            using (source)
            {
                var value = (Tensor)call.Invoke([operand.detach(), .. call.Arguments.Skip(1)])!;
                return new IdentityFunction(name, _ => value).Run(site, source);
            }
        }

        return call.Identity(name, site);
    }

    /// <summary>A constant divided by a tensor: a function of the divisor that works entry by entry.</summary>
    public static Tensor Reciprocal(RuleSite site, Tensor constant, Tensor divisor)
    {
        using var source = Inner(site, divisor);
        var numerator = constant.detach();
        return source is null
            ? new IdentityFunction("div", x => numerator.div(x)).Run(site, divisor)
            : new IdentityFunction("div", _ => numerator.div(divisor.detach())).Run(site, source);
    }

    private static object? Apply(OperatorCall call, RuleSite site, GateRole role)
    {
        var first = (Tensor)call.Arguments[0]!;
        var second = call.TensorOrNumber("other", first);
        var (one, other) = FactsOf(call, site);
        var isQuotient = IsQuotient(call);
        var constants = ForwardTrace.Of(site).Constants;
        switch (role)
        {
            case GateRole.First:
                constants.AddRange(other is null ? [] : [other]);
                return call.OnFirst(a => Combined(site, isQuotient, a, second.detach()));
            case GateRole.Second when isQuotient:
                return call.OnFirst(a => Reciprocal(site, a, second));
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

    private static (TensorFact? First, TensorFact? Second) FactsOf(OperatorCall call, RuleSite site)
    {
        var lineage = ForwardTrace.Of(site).Lineage;
        return (
            call.Arguments[0] is Tensor first ? lineage.Find(first) : null,
            call.Argument("other") is Tensor second ? lineage.Find(second) : null
        );
    }

    private static (Tensor Scores, long Dimension)? SoftmaxIn(OperatorCall call, RuleSite site) =>
        FoundSoftmax(call, site) is var (scores, dimension) && Alive(scores) is { } tensor ? (tensor, dimension) : null;

    private static (TensorFact Scores, long Dimension)? FoundSoftmax(OperatorCall call, RuleSite site) =>
        (OperatorTraits.Bare(call.Operator), FactsOf(call, site)) switch
        {
            ("div", ({ } numerator, { } divisor)) => Gates.WrittenSoftmax(numerator, divisor),
            ("mul", ({ } one, { } other)) => Times(one, other) ?? Times(other, one),
            ("exp", ({ } exponent, null)) => Gates.ExponentialSoftmax(exponent),
            _ => null,
        };

    private static (TensorFact Scores, long Dimension)? Times(TensorFact numerator, TensorFact factor) =>
        Gates.InverseOf(factor) is { } divisor ? Gates.WrittenSoftmax(numerator, divisor) : null;

    private static Tensor? SourceOf(TensorFact one, TensorFact other) =>
        Gates.CommonSource(one, other) is { } source ? Alive(source) : null;

    private static bool HasSource(TensorFact one, TensorFact other)
    {
        using var source = SourceOf(one, other);
        return source is not null;
    }

    private static Tensor? Inner(RuleSite site, Tensor operand) =>
        ForwardTrace.Of(site).Lineage.Find(operand) is { } fact && Gates.InsideActivation(fact) is { } source
            ? Alive(source)
            : null;

    /// <summary>The tensor itself, if it is still there and has the value that the fact is about.</summary>
    private static Tensor? Alive(TensorFact fact)
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
