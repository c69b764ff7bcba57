using Lrp.Checkpoints;
using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Vision;

/// <summary>Sizes that a checkpoint can have, before any module of a network for images is made.</summary>
internal static class HubSizes
{
    private const long LargestImage = 1 << 16;

    /// <summary>Checks sizes of a configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="files">The checkpoint.</param>
    /// <param name="features">The name of the size of a position's features, whose square the checkpoint has.</param>
    /// <param name="sizes">All names and sizes.</param>
    /// <exception cref="FormatException">A size is not positive, or larger than the checkpoint.</exception>
    public static void Check(
        ModelConfig config,
        Checkpoint files,
        string features,
        params IEnumerable<(string Name, long Size)> sizes
    )
    {
        var numbers = CheckpointSizes.NumbersIn(files);
        CheckpointSizes.Check(
            config.Path,
            sizes.Select(entry => ($"has the '{entry.Name}' {entry.Size}", entry.Size, Most(entry.Name)))
        );

        long Most(string name) =>
            name == features ? (long)Math.Sqrt(numbers)
            : name == "image_size" ? LargestImage
            : numbers;
    }
}
