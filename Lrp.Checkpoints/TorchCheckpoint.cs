using Lrp.Checkpoints.Bytes;
using Lrp.Checkpoints.PyTorch;

namespace Lrp.Checkpoints;

/// <summary>A file that was saved by <c>torch.save</c>.</summary>
internal sealed class TorchCheckpoint : Checkpoint
{
    private readonly ByteSource _source;
    private readonly ITorchFile _file;
    private readonly string _name;

    private TorchCheckpoint(ByteSource source, bool zip, string name)
    {
        _source = source;
        _name = name;
        _file = zip ? new ZipTorchFile(source) : new LegacyTorchFile(source);
        Entries =
        [
            .. TorchContent
                .Find(_file.Content)
                .Select(found => new TorchEntry(found.Container, found.Name, found.Tensor)),
        ];
    }

    public override IReadOnlyList<CheckpointEntry> Entries { get; }

    /// <summary>The value that was saved, with what it holds beside tensors.</summary>
    internal object? Content => _file.Content;

    internal override string Description => $"PyTorch file '{_name}'";

    /// <summary>Opens a file.</summary>
    /// <param name="source">Its bytes, which are the checkpoint's, and closed if it cannot be opened.</param>
    /// <param name="zip">Whether it is a zip file.</param>
    /// <param name="name">Its name, for messages.</param>
    public static TorchCheckpoint Open(ByteSource source, bool zip, string name)
    {
        try
        {
            return new TorchCheckpoint(source, zip, name);
        }
        catch (InvalidDataException error)
        {
            source.Dispose();
            throw new CheckpointException($"'{name}' cannot be loaded: {error.Message}", error);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    internal override StoredTensor Locate(CheckpointEntry entry)
    {
        var tensor = ((TorchEntry)entry).Tensor;
        var type = tensor.Type;
        var view = _file.Open(tensor.Storage, tensor.Offset * type.Size, tensor.Span * type.Size);
        if (_file.IsBigEndian && type.SwapSize > 1)
        {
            using var swapped = view;
            view = ByteOrder.Swap(swapped, type.SwapSize);
        }

        return new StoredTensor(view, type.Type!.Value, tensor.Shape, tensor.Strides)
        {
            Conjugate = tensor.Conjugate,
            Negative = tensor.Negative,
        };
    }

    private protected override void Check(CheckpointEntry entry)
    {
        _file.Check(((TorchEntry)entry).Tensor.Storage);
        CheckBooleans(entry);
    }

    private protected override void Close() => _source.Dispose();
}
