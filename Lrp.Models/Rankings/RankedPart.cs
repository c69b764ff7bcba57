namespace Lrp.Models.Rankings;

/// <summary>A head, a neuron or an expert, and how much it mattered over several texts.</summary>
/// <param name="Block">The number of its block, counted from 0.</param>
/// <param name="Number">Its number in the block, counted from 0.</param>
/// <param name="Share">
/// The absolute value of its relevance, divided by the sum of these over all parts of its kind; the mean over the
/// texts. From 0 to 1; the shares of all parts of a kind sum to 1.
/// </param>
/// <param name="Relevance">Its relevance, summed over tokens; the mean over the texts, in units of the target.</param>
/// <param name="Positive">The number of texts in which it spoke for the target.</param>
/// <param name="Text">The text in which its share was largest.</param>
public sealed record RankedPart(int Block, int Number, double Share, double Relevance, int Positive, string Text);
