using Lrp.Checkpoints.Bytes;

namespace Lrp.Checkpoints.PyTorch;

/// <summary>A file of PyTorch: what its pickle holds, and the bytes of its storages.</summary>
internal interface ITorchFile
{
    /// <summary>The value that was saved: dicts, lists, numbers, texts and <see cref="TorchTensor"/>s.</summary>
    object? Content { get; }

    /// <summary>Whether the highest byte of each number comes first.</summary>
    bool IsBigEndian { get; }

    /// <summary>A part of a storage's bytes.</summary>
    ByteView Open(TorchStorage storage, long offset, long length);

    /// <summary>Compares the checksum of a storage, where the format has one.</summary>
    void Check(TorchStorage storage);
}
