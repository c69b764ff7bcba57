namespace Lrp.Checkpoints.PyTorch;

/// <summary>The memory of one or several tensors, as a pickle names it.</summary>
/// <param name="Key">Its name; tensors whose storages have one name share their memory.</param>
/// <param name="Type">Its element type.</param>
/// <param name="ByteOffset">Where it begins in the memory of that name; other than 0 only in very old files.</param>
/// <param name="ByteLength">The number of its bytes.</param>
internal sealed record TorchStorage(string Key, TorchType Type, long ByteOffset, long ByteLength);
