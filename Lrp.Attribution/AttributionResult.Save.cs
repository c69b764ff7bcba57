using Lrp.Pictures;

namespace Lrp.Attribution;

public sealed partial class AttributionResult
{
    /// <summary>Saves the relevance in the format of the file's extension; missing folders are created.</summary>
    /// <param name="path">
    /// A path that ends in <c>.png</c>, <c>.jpg</c> or <c>.webp</c> for heatmaps, <c>.html</c> for a page with
    /// heatmaps and sums, <c>.json</c> for all numbers, or <c>.txt</c> for the sums.
    /// </param>
    /// <remarks>
    /// Heatmaps have a row for each of <see cref="Inputs"/> and a column for each sample: images with their channels
    /// summed, (samples, rows, columns) as they are, features as a line, and token ids as a line with a square for
    /// each token.
    /// </remarks>
    /// <exception cref="ArgumentException">The extension is none of these.</exception>
    public void Save(string path)
    {
        var shown = new ShownAttribution(this);
        ExplanationFiles.Save(path, shown.ToHtml, shown.ToPicture, shown.ToJson, shown.ToText);
    }
}
