using System.Text.Json;

namespace Lrp.Cli.Images;

/// <summary>How the colours of a photograph become numbers for a network in a folder of the Hugging Face hub.</summary>
internal static class FolderColors
{
    /// <summary>The file that says it.</summary>
    public const string FileName = "preprocessor_config.json";

    private const double WhiteInFiles = 255;

    /// <summary>What the classes of ViT, DeiT and Swin have where their file does not say.</summary>
    private const double Usual = 0.5;

    /// <summary>
    /// The means that are subtracted from colours between 0 and 1, and the deviations that divide them then; null where
    /// the folder has no such file.
    /// </summary>
    /// <exception cref="BadInputException">The file is damaged, or has other than numbers above 0.</exception>
    public static (double[] Mean, double[] Deviation)? Of(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            var isNormalized = Flag(root, "do_normalize");
            var white = Flag(root, "do_rescale")
                ? WhiteInFiles * Number(root, "rescale_factor", 1 / WhiteInFiles)
                : 255;
            return (
                [.. Colors(root, "image_mean", isNormalized ? Usual : 0, isNormalized).Select(mean => mean / white)],
                [
                    .. Colors(root, "image_std", isNormalized ? Usual : 1, isNormalized)
                        .Select(std => Above0(std) / white),
                ]
            );
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new BadInputException(
                $"'{path}' says nothing that can be used about colours: {error.Message} Give --mean and --std.",
                error
            );
        }
    }

    private static bool Flag(JsonElement root, string name) => Value(root, name) is not { } value || value.GetBoolean();

    private static double Number(JsonElement root, string name, double otherwise) =>
        Value(root, name)?.GetDouble() ?? otherwise;

    /// <summary>Three numbers, or one for all colours.</summary>
    private static double[] Colors(JsonElement root, string name, double otherwise, bool isRead)
    {
        double[] colors =
            !isRead || Value(root, name) is not { } value ? [otherwise]
            : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(color => color.GetDouble())]
            : [value.GetDouble()];
        return colors.Length switch
        {
            3 => colors,
            1 => [colors[0], colors[0], colors[0]],
            _ => throw new FormatException($"'{name}' has {colors.Length} numbers, and there are 3 colours."),
        };
    }

    private static double Above0(double deviation) =>
        deviation > 0 ? deviation : throw new FormatException($"'image_std' has {deviation}, which divides.");

    private static JsonElement? Value(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
