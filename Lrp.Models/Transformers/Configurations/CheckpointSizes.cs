using Lrp.Checkpoints;

namespace Lrp.Models.Transformers.Configurations;

/// <summary>Sizes that a checkpoint can have, before any module is made.</summary>
internal static class CheckpointSizes
{
    /// <summary>How many numbers the tensors of a checkpoint have together.</summary>
    public static long NumbersIn(Checkpoint files) =>
        files.Entries.Sum(entry => entry.Shape.Aggregate(1L, (product, size) => product * size));

    /// <summary>Checks sizes of a configuration.</summary>
    /// <param name="path">The file that has the configuration.</param>
    /// <param name="sizes">What the file says of each size, and the most that it can be.</param>
    /// <exception cref="FormatException">A size is not positive, or larger than the checkpoint.</exception>
    public static void Check(string path, IEnumerable<(string Said, long Size, long Most)> sizes)
    {
        foreach (var (said, size, most) in sizes)
        {
            if (size < 1 || size > most)
            {
                throw new FormatException(
                    $"{path} {said}, and the checkpoint beside it can have 1 to {most}: take both from one place."
                );
            }
        }
    }
}
