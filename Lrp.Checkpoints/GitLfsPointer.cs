namespace Lrp.Checkpoints;

/// <summary>
/// A file of Git LFS that says where the real one is: what a clone has when Git LFS is not installed.
/// </summary>
internal static class GitLfsPointer
{
    private static ReadOnlySpan<byte> Start => "version https://git-lfs"u8;

    /// <summary>Refuses such a file.</summary>
    /// <param name="path">The path of a file.</param>
    /// <exception cref="CheckpointException">It is one.</exception>
    public static void ThrowIf(string path)
    {
        Span<byte> head = stackalloc byte[Start.Length];
        using var file = File.OpenRead(path);
        if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual(Start))
        {
            throw new CheckpointException(
                $"'{path}' is a pointer of Git LFS and not the file itself: run 'git lfs pull' in its folder, or "
                    + "download the file."
            );
        }
    }
}
