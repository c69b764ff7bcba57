namespace Lrp.Models.Methods;

/// <summary>A method of <see cref="TransformerPresets"/>.</summary>
public enum RelevanceMethod
{
    /// <summary><see cref="TransformerPresets.AttnLrp"/>.</summary>
    AttnLrp,

    /// <summary><see cref="TransformerPresets.CpLrp"/>.</summary>
    CpLrp,

    /// <summary><see cref="TransformerPresets.GradientTimesInput"/>.</summary>
    GradientTimesInput,
}
