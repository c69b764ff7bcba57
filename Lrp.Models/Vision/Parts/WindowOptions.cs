namespace Lrp.Models.Vision.Parts;

/// <summary>What attention in windows is like in all blocks of a network.</summary>
/// <param name="Height">Of a window, in positions.</param>
/// <param name="Width">Of a window, in positions.</param>
/// <param name="SeparateProjections">
/// Whether query, key, value and output are linear layers; otherwise they are functions, as in torchvision.
/// </param>
/// <param name="ProjectionBias">Whether query, key and value have biases, where they are linear layers.</param>
internal sealed record WindowOptions(long Height, long Width, bool SeparateProjections, bool ProjectionBias);
