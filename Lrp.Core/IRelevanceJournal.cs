using TorchSharp;

namespace Lrp.Core;

/// <summary>Where rule sites write down what happened to them in a backward pass.</summary>
internal interface IRelevanceJournal
{
    /// <summary>Relevance has passed a site; one that is used several times in a pass reports several times.</summary>
    /// <param name="site">The site.</param>
    /// <param name="outputs">Relevance at each output; null where none arrived.</param>
    /// <param name="inputs">Relevance at each input that takes part.</param>
    void Report(RuleSite site, IReadOnlyList<torch.Tensor?> outputs, IReadOnlyList<torch.Tensor?> inputs);

    /// <summary>The same relevance has passed two sites, the sums being taken once.</summary>
    /// <param name="passed">The site that passed it on unchanged.</param>
    /// <param name="site">The site before it.</param>
    /// <param name="relevance">The relevance between them.</param>
    /// <param name="inputs">What the site before it made of it.</param>
    void ReportJoined(
        RuleSite passed,
        RuleSite site,
        IReadOnlyList<torch.Tensor?> relevance,
        IReadOnlyList<torch.Tensor?> inputs
    );

    /// <summary>
    /// A rule has failed where no exception may leave; it is logged now and thrown at the next call that can.
    /// </summary>
    /// <param name="site">The site of the rule.</param>
    /// <param name="exception">What went wrong.</param>
    /// <param name="life">The graph, whose maker is told if it asks for faults; else the registration keeps it.</param>
    void AddFault(RuleSite site, Exception exception, GraphLife? life);
}
