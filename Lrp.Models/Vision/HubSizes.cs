using Lrp.Checkpoints;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Vision;

/// <summary>Sizes that a checkpoint can have, before any module of a network for images is made.</summary>
internal static class HubSizes
{
    private const long LargestImage = 1 << 16;

    /// <summary>Checks sizes of a configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="folder">The folder with the checkpoint.</param>
    /// <param name="features">The name of the size of a position's features, whose square the checkpoint has.</param>
    /// <param name="sizes">All names and sizes.</param>
    /// <exception cref="FormatException">A size is not positive, or larger than the checkpoint.</exception>
    public static void Check(
        ModelConfig config,
        string folder,
        string features,
        params IEnumerable<(string Name, long Size)> sizes
    )
    {
        using var files = Checkpoint.Open(folder);
        var numbers = files.Entries.Sum(entry => entry.Shape.Aggregate(1L, (product, size) => product * size));
        foreach (var (name, size) in sizes)
        {
            var most =
                name == features ? (long)Math.Sqrt(numbers)
                : name == "image_size" ? LargestImage
                : numbers;
            if (size < 1 || size > most)
            {
                throw new FormatException(
                    $"{config.Path} has the '{name}' {size}, and the checkpoint beside it can have 1 to {most}: take "
                        + "both from one place."
                );
            }
        }
    }
}
