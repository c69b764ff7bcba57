namespace Lrp.Analysis.Probes;

/// <summary>How a probe is fitted.</summary>
public enum ProbeSolver
{
    /// <summary><see cref="Exact"/> where it applies, that is without an L1 penalty and early stopping; else <see cref="Adam"/>.</summary>
    Automatic,

    /// <summary>Mini-batches and Adam, as NeuroX trains its probes.</summary>
    Adam,

    /// <summary>The optimum over all rows at once: ridge regression in closed form, logistic regression by L-BFGS.</summary>
    Exact,
}
