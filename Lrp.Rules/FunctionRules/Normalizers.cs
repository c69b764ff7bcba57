using Lrp.Core;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// Remembers which of the last tensors of a thread are the factor or the divisor of a normalization written by hand: a
/// reciprocal root such as <c>x.square().mean().rsqrt()</c>, or a root.
/// </summary>
/// <remarks>
/// In AttnLRP the factor of a normalization is a constant (Achtibat et al. 2024, proposition 3.4), so that all
/// relevance goes to what is normalized. Recognised by what made the tensor: interception sees each operator with its
/// operands.
/// </remarks>
internal sealed class Normalizers : IDisposable
{
    private const int Most = 8; // a factor is used right after it is made

    private readonly ThreadLocal<Queue<Entry>> _last = new(() => new Queue<Entry>(), trackAllValues: true);

    private enum Kind
    {
        Divisor,
        Factor,
    }

    public static Normalizers Of(RuleSite site) => site.KeepForAll(nameof(Normalizers), () => new Normalizers());

    /// <summary>Whether a tensor multiplies as the factor of a normalization.</summary>
    public bool IsFactor(Tensor tensor) => KindOf(tensor) == Kind.Factor;

    /// <summary>Whether a tensor divides as the divisor of a normalization.</summary>
    public bool IsDivisor(Tensor tensor) => KindOf(tensor) == Kind.Divisor;

    /// <summary>Remembers the result of a function of one tensor if it is a root or a reciprocal root.</summary>
    public void Note(OperatorCall call, Tensor operand, Tensor result)
    {
        var kind = call.Operator.TrimEnd('_') switch
        {
            "aten::rsqrt" => Kind.Factor,
            "aten::sqrt" => Kind.Divisor,
            "aten::pow" when call.GetDouble("exponent") == -0.5 => Kind.Factor,
            "aten::pow" when call.GetDouble("exponent") == 0.5 => Kind.Divisor,
            "aten::reciprocal" => Inverse(KindOf(operand)),
            _ => null,
        };
        Remember(result, kind);
    }

    /// <summary>Remembers that a sum or product with a constant is what the other operand is.</summary>
    public void NoteWithConstant(Tensor operand, Tensor result) => Remember(result, KindOf(operand));

    /// <summary>Remembers a constant divided by a divisor or a factor.</summary>
    public void NoteQuotient(Tensor divisor, Tensor result) => Remember(result, Inverse(KindOf(divisor)));

    public void Dispose()
    {
        foreach (var entry in _last.Values.SelectMany(queue => queue))
        {
            entry.Value.Dispose();
        }

        _last.Dispose();
    }

    private static Kind? Inverse(Kind? kind) =>
        kind switch
        {
            Kind.Divisor => Kind.Factor,
            Kind.Factor => Kind.Divisor,
            _ => null,
        };

    private Kind? KindOf(Tensor tensor)
    {
        if (_last.Value!.Count == 0)
        {
            return null;
        }

        var identity = OperatorInterception.IdentityOf(tensor);
        var version = OperatorInterception.VersionOf(tensor);
        return _last.Value.FirstOrDefault(entry => entry.Identity == identity && entry.Version == version)?.Kind;
    }

    private void Remember(Tensor result, Kind? kind)
    {
        if (kind is null)
        {
            return;
        }

        // The handle keeps the tensor alive, so that no other one can have its identity.
        var queue = _last.Value!;
        var (identity, version) = (OperatorInterception.IdentityOf(result), OperatorInterception.VersionOf(result));
        queue.Enqueue(new Entry(result.DetachFromDisposeScope(), identity, version, kind.Value));
        if (queue.Count > Most)
        {
            queue.Dequeue().Value.Dispose();
        }
    }

    private sealed record Entry(Tensor Value, nint Identity, long? Version, Kind Kind);
}
