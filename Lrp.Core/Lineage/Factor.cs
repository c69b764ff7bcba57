namespace Lrp.Core.Lineage;

/// <summary>A factor of a product of several.</summary>
/// <param name="Value">The factor.</param>
/// <param name="Product">The product or quotient of two values of which it is an operand; null for the whole.</param>
/// <param name="Operand">
/// That operand, which is the factor itself or the factor times a constant; null for the whole.
/// </param>
/// <param name="Divides">Whether the product is divided by it.</param>
internal readonly record struct Factor(TensorFact Value, TensorFact? Product, TensorFact? Operand, bool Divides)
{
    /// <summary>How many products within products are looked into.</summary>
    public const int MostNested = 6;
}
