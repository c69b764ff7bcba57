namespace Lrp.Rules;

/// <summary>
/// The identity rule of AttnLRP (Achtibat et al. 2024, eq. 9): all relevance to the one input, unchanged. Another name
/// for <see cref="Pass"/>, meant for activations and normalisations of transformers.
/// </summary>
public sealed class Identity : Pass;
