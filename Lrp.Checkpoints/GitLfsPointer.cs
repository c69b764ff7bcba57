using Lrp.Checkpoints.Bytes;

namespace Lrp.Checkpoints;

/// <summary>
/// A file of Git LFS that says where the real one is: what a clone has when Git LFS is not installed.
/// </summary>
internal static class GitLfsPointer
{
    private static ReadOnlySpan<byte> Start => "version https://git-lfs"u8;

    /// <summary>Refuses such a file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="path">Its path.</param>
    /// <exception cref="CheckpointException">It is one.</exception>
    public static void ThrowIf(ByteSource source, string path)
    {
        if (Start.SequenceEqual(source.Read(0, Math.Min(Start.Length, source.Length))))
        {
            throw new CheckpointException(
                $"'{path}' is a pointer of Git LFS and not the file itself: run 'git lfs pull' in its folder, or "
                    + "download the file."
            );
        }
    }
}
