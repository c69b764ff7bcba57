namespace Lrp.Analysis.Probes;

/// <summary>The method by which a probe is fitted.</summary>
public enum ProbeSolver
{
    /// <summary>
    /// <see cref="Exact"/> if there is neither an L1 penalty nor early stopping; otherwise <see cref="Adam"/>.
    /// </summary>
    Automatic,

    /// <summary>Mini-batches and Adam, as NeuroX trains its probes.</summary>
    Adam,

    /// <summary>The optimum over all rows: ridge regression in closed form, or logistic regression by L-BFGS.</summary>
    Exact,
}
