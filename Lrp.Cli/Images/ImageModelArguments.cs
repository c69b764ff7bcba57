namespace Lrp.Cli.Images;

/// <summary>What the user says of a network for images.</summary>
/// <param name="Model">A folder, a file, or the name of an architecture.</param>
internal sealed record ImageModelArguments(string Model)
{
    private static readonly string[] UsualNames = ["classes.txt", "labels.txt", "imagenet_classes.txt"];

    /// <summary>The file with an architecture's weights.</summary>
    public string? Weights { get; init; }

    /// <summary>A file with the name of one class in each line.</summary>
    public string? Labels { get; init; }

    /// <summary>The size of the input in pixels; null for the network's own.</summary>
    public int? Size { get; init; }

    /// <summary>Means of the colours; null for the network's own.</summary>
    public double[]? Mean { get; init; }

    /// <summary>Standard deviations of the colours; null for the network's own.</summary>
    public double[]? Deviation { get; init; }

    /// <summary>The names of the classes: from --labels, or from a file beside the weights.</summary>
    public IReadOnlyList<string> LabelsOrThoseBeside(string weights)
    {
        if (Labels is { } path)
        {
            return File.ReadAllLines(path);
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(weights))!;
        return UsualNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } found
            ? File.ReadAllLines(found)
            : [];
    }

    /// <summary>The input's format, where the user says nothing else.</summary>
    public ImageFormat Format(int height, int? width = null, (double[] Mean, double[] Deviation)? normalization = null)
    {
        var format = new ImageFormat(Size ?? height, Size ?? width ?? height);
        return format with
        {
            Mean = Mean ?? normalization?.Mean ?? format.Mean,
            Deviation = Deviation ?? normalization?.Deviation ?? format.Deviation,
        };
    }
}
