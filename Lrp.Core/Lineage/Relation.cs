namespace Lrp.Core.Lineage;

/// <summary>How far a function is from a linear one.</summary>
internal enum Form
{
    /// <summary>Anything.</summary>
    Other,

    /// <summary>Linear, with a constant added.</summary>
    Affine,

    /// <summary>Linear.</summary>
    Linear,
}

/// <summary>How a tensor t = f(s) depends on a tensor s that it was computed from alone.</summary>
/// <param name="IsElementwise">Whether entry i of t depends on entry i of s only.</param>
/// <param name="Form">Whether f is linear.</param>
/// <param name="Degree">
/// d where f(c·s) = c^d·f(s) for c > 0, up to constants added, such as the ε under a root; null where there is none.
/// </param>
/// <param name="IsShiftInvariant">Whether f(s + c) = f(s) for a number c.</param>
internal readonly record struct Relation(bool IsElementwise, Form Form, double? Degree, bool IsShiftInvariant)
{
    /// <summary>
    /// k where f(c·s) = f(s) + k·ln c for c > 0, as of the logarithm of a value of degree k; null where there is none.
    /// </summary>
    public double? LogDegree { get; init; }

    /// <summary>f(s) = s.</summary>
    public static Relation Identity { get; } = new(true, Form.Linear, 1, false);

    /// <summary>Whether anything is known that could tell a gate.</summary>
    public bool SaysSomething => IsElementwise || Degree is not null || LogDegree is not null || IsShiftInvariant;

    /// <summary>f(s) is as f and entry by entry, but not linear, and of another degree.</summary>
    public Relation Nonlinear(double? degree) => new(IsElementwise, Form.Other, degree, IsShiftInvariant);

    /// <summary>Entries of f(s) brought to other places, or combined linearly.</summary>
    public Relation Mixed => this with { IsElementwise = false };

    /// <summary>f(s) with a constant added.</summary>
    public Relation Shifted => Form == Form.Linear ? this with { Form = Form.Affine } : this;

    /// <summary>The logarithm of f(s) to a base.</summary>
    public Relation Logarithm(double ofBase) =>
        Nonlinear(Degree == 0 ? 0 : null) with
        {
            LogDegree = Degree / Math.Log(ofBase),
        };

    /// <summary>A base to the power of f(s).</summary>
    public Relation Exponential(double ofBase) => Nonlinear(LogDegree * Math.Log(ofBase) ?? (Degree == 0 ? 0 : null));

    /// <summary>f(s) times a number; null for one that is not known.</summary>
    public Relation Times(double? factor) => this with { LogDegree = LogDegree * factor };

    /// <summary>The same with a number that is asked for only if it counts.</summary>
    public Relation Times(Lazy<double?> factor) => LogDegree is null ? this : Times(factor.Value);

    /// <summary>A sum of two functions of s.</summary>
    public static Relation Sum(Relation left, Relation right) =>
        new(
            left.IsElementwise && right.IsElementwise,
            left.Form < right.Form ? left.Form : right.Form,
            left.Degree == right.Degree ? left.Degree : null,
            left.IsShiftInvariant && right.IsShiftInvariant
        );

    /// <summary>A product of two functions of s, or a quotient.</summary>
    public static Relation Product(Relation left, Relation right, bool isQuotient) =>
        new(
            left.IsElementwise && right.IsElementwise,
            Form.Other,
            isQuotient ? left.Degree - right.Degree : left.Degree + right.Degree,
            left.IsShiftInvariant && right.IsShiftInvariant
        );
}
