namespace Lrp.Core;

/// <summary>What a registration does beside carrying relevance through modules with rules.</summary>
public enum RegistrationDetail
{
    /// <summary>
    /// Everything: relevance begins at the model's output, functions have rules, operators without one are warned
    /// about, relevance of token ids is read, and sums are recorded for the report on conservation.
    /// </summary>
    Full,

    /// <summary>
    /// Nothing: the rules of modules and no more, for a model whose sums, products, norms and activations are all
    /// modules with an entry. Relevance is what <c>backward()</c> arrives with. It costs least.
    /// </summary>
    RulesOnly,
}
