namespace Lrp.Analysis.Probes;

/// <summary>What a probe predicts.</summary>
public enum ProbeTask
{
    /// <summary>One class per row: multinomial logistic regression, trained with the cross entropy.</summary>
    Classification,

    /// <summary>One number per row: linear regression, trained with the mean squared error.</summary>
    Regression,
}
