namespace Lrp.Core;

/// <summary>
/// What the relevance at a model's output is, given the gradient with which <c>backward()</c> arrives there.
/// </summary>
public enum RelevanceStart
{
    /// <summary>
    /// The output times the gradient, so that <c>logits[0, k].backward()</c> explains that logit: its relevance is its
    /// value. It holds for anything computed from the output: <c>(logits[0, 3] - logits[0, 5]).backward()</c> shares
    /// out the difference.
    /// </summary>
    OutputTimesGradient,

    /// <summary>The gradient itself, for relevance of your own: <c>logits.backward([relevance])</c>.</summary>
    Gradient,
}
