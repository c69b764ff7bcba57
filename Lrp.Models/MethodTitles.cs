using Lrp.Models.Methods;

namespace Lrp.Models;

/// <summary>How methods are called in explanations.</summary>
internal static class MethodTitles
{
    extension(RelevanceMethod method)
    {
        /// <summary>The name in publications.</summary>
        public string Title =>
            method switch
            {
                RelevanceMethod.AttnLrp => "AttnLRP",
                RelevanceMethod.CpLrp => "CP-LRP",
                _ => "gradient times input",
            };
    }
}
