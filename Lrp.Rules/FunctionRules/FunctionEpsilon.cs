namespace Lrp.Rules.FunctionRules;

/// <summary>
/// The stabilizers of function rules where none is named; the values are those of LXT, AttnLRP's reference
/// implementation.
/// </summary>
internal static class FunctionEpsilon
{
    public const double Add = 1e-8;
    public const double MatMul = 1e-8;
    public const double Linear = 1e-6;
    public const double Reduction = 1e-6;
    public const double LayerNorm = 1e-6;
}
