namespace Lrp.Checkpoints.Archives;

/// <summary>One entry of a zip file, as its directory describes it.</summary>
/// <param name="Name">Its path in the zip file.</param>
/// <param name="Deflated">Whether its bytes are compressed; otherwise they are stored as they are.</param>
/// <param name="Crc">The checksum of its bytes.</param>
/// <param name="StoredLength">The number of bytes that it takes in the file.</param>
/// <param name="Length">The number of its bytes.</param>
/// <param name="HeaderOffset">Where its own header begins.</param>
internal sealed record ZipEntry(
    string Name,
    bool Deflated,
    uint Crc,
    long StoredLength,
    long Length,
    long HeaderOffset
);
