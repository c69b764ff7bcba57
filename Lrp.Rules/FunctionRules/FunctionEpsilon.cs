namespace Lrp.Rules.FunctionRules;

/// <summary>
/// The stabilizers of function rules where none is named; the values are those of LXT, AttnLRP's reference
/// implementation.
/// </summary>
internal static class FunctionEpsilon
{
    public const double Add = 1e-8;
    public const double MatMul = 1e-8;

    /// <summary>
    /// A product with a constant complex number is invertible: its value is near zero only where its operand is.
    /// </summary>
    public const double Complex = 1e-12;
    public const double Linear = 1e-6;
    public const double Reduction = 1e-6;
    public const double LayerNorm = 1e-6;
}
