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
    /// <summary>f(s) = s.</summary>
    public static Relation Identity { get; } = new(true, Form.Linear, 1, false);

    /// <summary>Whether anything is known that could tell a gate.</summary>
    public bool SaysSomething => IsElementwise || Degree is not null || IsShiftInvariant;

    /// <summary>f(s) is as f and entry by entry, but not linear, and of another degree.</summary>
    public Relation Nonlinear(double? degree) => new(IsElementwise, Form.Other, degree, IsShiftInvariant);

    /// <summary>Entries of f(s) brought to other places, or combined linearly.</summary>
    public Relation Mixed => this with { IsElementwise = false };

    /// <summary>f(s) with a constant added.</summary>
    public Relation Shifted => Form == Form.Linear ? this with { Form = Form.Affine } : this;

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
