using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Transformers.Brands;

/// <summary>The brands that can be loaded.</summary>
internal static class KnownBrands
{
    private static readonly (string Ending, TransformerTask Task)[] Tasks =
    [
        ("ForCausalLM", TransformerTask.NextToken),
        ("LMHeadModel", TransformerTask.NextToken),
        ("ForConditionalGeneration", TransformerTask.NextToken),
        ("ForMaskedLM", TransformerTask.MaskedToken),
        ("ForPreTraining", TransformerTask.MaskedToken),
        ("ForSequenceClassification", TransformerTask.TextClass),
        ("ForTokenClassification", TransformerTask.TokenClass),
        ("ForQuestionAnswering", TransformerTask.AnswerSpan),
        ("Model", TransformerTask.States),
    ];

    /// <summary>All brands.</summary>
    public static IReadOnlyList<Brand> All { get; } =
    [
        .. LlamaBrands.All,
        .. GemmaBrands.All,
        .. GptBrands.All,
        .. BertBrands.All,
        .. AlbertBrand.All,
        .. ModernBertBrand.All,
        .. T5Brand.All,
        .. BartBrand.All,
    ];

    /// <summary>The brand of a config, and the task of its architecture.</summary>
    /// <param name="modelType">The config's model_type.</param>
    /// <param name="architecture">The first of its architectures.</param>
    /// <param name="path">Its file, for the message.</param>
    /// <exception cref="NotSupportedException">One of them is not known; the message lists those that are.</exception>
    public static (Brand Brand, TransformerTask Task) Of(string modelType, string architecture, string path)
    {
        var brand =
            All.FirstOrDefault(brand => brand.ModelTypes.Contains(modelType))
            ?? throw new NotSupportedException(
                $"The model type '{modelType}' is not known, which {path} names; those that are: "
                    + $"{string.Join(", ", All.SelectMany(brand => brand.ModelTypes))}."
            );
        var task = Tasks
            .Where(entry => architecture.EndsWith(entry.Ending, StringComparison.Ordinal))
            .Select(entry => (TransformerTask?)entry.Task)
            .FirstOrDefault();
        return task is { } known && (known == TransformerTask.States || brand.Heads.ContainsKey(known))
            ? (brand, known)
            : throw new NotSupportedException(
                $"The architecture '{architecture}' of {modelType} is not known, which {path} names; those that are "
                    + $"end with {string.Join(", ", Endings(brand))}."
            );
    }

    private static IEnumerable<string> Endings(Brand brand) =>
        Tasks
            .Where(entry => entry.Task == TransformerTask.States || brand.Heads.ContainsKey(entry.Task))
            .Select(entry => entry.Ending);
}
