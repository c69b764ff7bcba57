using System.Globalization;
using static TorchSharp.torch;

namespace Lrp.Core;

/// <summary>Which formula keeps a denominator away from zero.</summary>
public enum StabilizerKind
{
    /// <summary>
    /// z + ε·sign(z), with sign(0) = +1 (Bach et al. 2015, eq. 58). It never brings z closer to zero.
    /// </summary>
    Signed,

    /// <summary>
    /// z + ε, as LXT, the reference implementation of AttnLRP, has it. It divides by zero where z = −ε.
    /// </summary>
    Unsigned,

    /// <summary>sign(z)·max(|z|, ε): exact wherever |z| ≥ ε.</summary>
    Clipped,
}

/// <summary>
/// How relevance is divided by denominators z that may be close to zero. A number converts to the signed form, so
/// <c>new ZPlus(1e-6)</c> and <c>new ZPlus(Stabilizer.Clipped(1e-6))</c> both compile.
/// </summary>
/// <remarks>
/// With ε = 0 the quotient is zero where z is: an output to which nothing contributes has nothing to pass on. In
/// float16 a positive ε counts as at least 2⁻¹⁰, the precision of its numbers: relevance divided by less leaves its
/// range.
/// </remarks>
public sealed record Stabilizer
{
    private const double LeastInHalf = 1.0 / 1024;

    private Stabilizer(double epsilon, StabilizerKind kind, bool isScaledByNorm = false)
    {
        if (!(epsilon >= 0) || double.IsInfinity(epsilon))
        {
            throw new ArgumentOutOfRangeException(
                nameof(epsilon),
                epsilon,
                "ε must be a finite number that is not negative."
            );
        }

        Epsilon = epsilon;
        Kind = kind;
        IsScaledByNorm = isScaledByNorm;
    }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>The formula.</summary>
    public StabilizerKind Kind { get; }

    /// <summary>
    /// Whether ε counts in units of each sample's root mean square of z, taken over all dimensions but the first.
    /// </summary>
    public bool IsScaledByNorm { get; }

    /// <summary>z + ε·sign(z), with sign(0) = +1.</summary>
    /// <param name="epsilon">ε ≥ 0.</param>
    /// <returns>The stabilizer.</returns>
    public static Stabilizer Signed(double epsilon) => new(epsilon, StabilizerKind.Signed);

    /// <summary>z + ε whatever the sign of z, as LXT has it.</summary>
    /// <inheritdoc cref="Signed"/>
    public static Stabilizer Unsigned(double epsilon) => new(epsilon, StabilizerKind.Unsigned);

    /// <summary>sign(z)·max(|z|, ε).</summary>
    /// <inheritdoc cref="Signed"/>
    public static Stabilizer Clipped(double epsilon) => new(epsilon, StabilizerKind.Clipped);

    /// <summary>One of the formulas by its kind.</summary>
    /// <param name="kind">The formula.</param>
    /// <param name="epsilon">ε ≥ 0.</param>
    /// <returns>The stabilizer.</returns>
    public static Stabilizer Of(StabilizerKind kind, double epsilon) =>
        Enum.IsDefined(kind)
            ? new(epsilon, kind)
            : throw new ArgumentOutOfRangeException(nameof(kind), kind, "This is no kind of stabilizer.");

    /// <summary>
    /// The same formula with ε in units of each sample's root mean square of z, as zennit's <c>norm_scale</c>.
    /// </summary>
    /// <returns>A new stabilizer.</returns>
    public Stabilizer ScaledByNorm() => new(Epsilon, Kind, true);

    /// <summary>The signed form.</summary>
    /// <param name="epsilon">ε ≥ 0.</param>
    public static implicit operator Stabilizer(double epsilon) => Signed(epsilon);

    /// <summary>relevance / stabilized z.</summary>
    /// <param name="relevance">The numerator; not changed.</param>
    /// <param name="denominator">z; changed in place when <paramref name="owned"/>.</param>
    /// <param name="owned">Whether z's memory may be used.</param>
    /// <returns>A new tensor.</returns>
    public Tensor Divide(Tensor relevance, Tensor denominator, bool owned = false)
    {
        ArgumentNullException.ThrowIfNull(relevance);
        ArgumentNullException.ThrowIfNull(denominator);
        if (Epsilon == 0)
        {
            using var vanishing = denominator.eq(0);
            return relevance.div(denominator).masked_fill_(vanishing, 0);
        }

        using var stabilized = Apply(denominator, owned);
        if (!IsScaledByNorm)
        {
            return relevance.div(stabilized);
        }

        // A sample that is zero throughout has no norm either.
        using var nothing = stabilized.eq(0);
        return relevance.div(stabilized).masked_fill_(nothing, 0);
    }

    /// <summary>The same where z is nowhere negative, which saves the signs.</summary>
    internal Tensor DivideByNonNegative(Tensor relevance, Tensor denominator)
    {
        if (Epsilon == 0 || IsScaledByNorm || Kind == StabilizerKind.Clipped)
        {
            return Divide(relevance, denominator);
        }

        using var stabilized = denominator.add(Representable(denominator.dtype));
        return relevance.div(stabilized);
    }

    /// <summary>The stabilized values of z.</summary>
    /// <param name="values">z; changed in place when <paramref name="owned"/>.</param>
    /// <param name="owned">Whether z's memory may be used.</param>
    /// <returns>A tensor in a handle of its own.</returns>
    public Tensor Apply(Tensor values, bool owned = false)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var step = Step(values);
        if (Kind == StabilizerKind.Unsigned)
        {
            return owned ? values.add_(step) : values.add(step);
        }

        var shift = copysign(step, values);
        if (Kind == StabilizerKind.Signed && !owned)
        {
            return shift.add_(values);
        }

        using (shift)
        {
            if (Kind == StabilizerKind.Signed)
            {
                return values.add_(shift);
            }

            using var size = values.abs();
            using var small = size.lt(step);
            return where(small, shift, values);
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var epsilon = Epsilon.ToString("g6", CultureInfo.InvariantCulture);
        var text = Kind == StabilizerKind.Signed ? epsilon : $"{epsilon} {Kind.ToString().ToLowerInvariant()}";
        return IsScaledByNorm ? $"{text} times the norm" : text;
    }

    private Tensor Step(Tensor values)
    {
        var epsilon = Representable(values.dtype);
        if (!IsScaledByNorm)
        {
            return tensor(epsilon, values.dtype, values.device);
        }

        if (values.NumberOfElements == 0)
        {
            return tensor(0, values.dtype, values.device);
        }

        // Squares may leave the range of the element type; those of values divided by the largest do not.
        using var scope = NewDisposeScope();
        var dimensions = Enumerable.Range(1, Math.Max(0, (int)values.dim() - 1)).Select(k => (long)k).ToArray();
        var size = values.detach().abs();
        var largest = dimensions.Length == 0 ? size.max() : size.amax(dimensions, keepdim: true);
        var square = values.div(largest.masked_fill(largest.eq(0), 1)).square();
        var mean = dimensions.Length == 0 ? square.mean() : square.mean(dimensions, keepdim: true);
        return mean.sqrt_().mul_(largest).mul_(epsilon).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// ε, or the smallest number by which relevance can be divided in a narrow element type without leaving its range.
    /// </summary>
    private double Representable(ScalarType dtype) =>
        dtype switch
        {
            ScalarType.Float16 => Math.Max(Epsilon, IsScaledByNorm ? 6e-8 : LeastInHalf),
            ScalarType.Float32 or ScalarType.BFloat16 => Math.Max(Epsilon, 1.2e-38),
            _ => Epsilon,
        };
}
