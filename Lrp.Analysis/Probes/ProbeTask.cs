namespace Lrp.Analysis.Probes;

/// <summary>What a probe predicts.</summary>
public enum ProbeTask
{
    /// <summary>A class a row: multinomial logistic regression, trained with cross entropy.</summary>
    Classification,

    /// <summary>A number a row: linear regression, trained with the mean squared error.</summary>
    Regression,
}
