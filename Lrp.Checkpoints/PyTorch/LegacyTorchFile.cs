using System.Globalization;
using System.Numerics;
using Lrp.Checkpoints.Bytes;
using Lrp.Checkpoints.Pickles;

namespace Lrp.Checkpoints.PyTorch;

/// <summary>
/// The format before PyTorch 1.6: five pickles (a magic number, the format's version, properties of the machine, the
/// value, the names of the storages), then each storage: its number of elements in eight bytes, and its elements.
/// </summary>
internal sealed class LegacyTorchFile : ITorchFile
{
    private const long FormatVersion = 1001;
    private const long MaxPickleBytes = 1 << 28;

    private static readonly BigInteger Magic = BigInteger.Parse(
        "119547037146038801333356",
        CultureInfo.InvariantCulture
    );

    private readonly ByteSource _source;
    private readonly Dictionary<string, long> _offsets = new(StringComparer.Ordinal);

    public LegacyTorchFile(ByteSource source)
    {
        _source = source;
        using var view = source.View(0, Math.Min(source.Length, MaxPickleBytes));
        var reader = new PickleReader(view);
        var names = new TorchNames();
        ReadStart(reader, names);
        Content = PickleMachine.Read(reader, names);
        if (PickleMachine.Read(reader, names) is not PickleSequence keys)
        {
            throw new InvalidDataException("the list of its storages is not one: it is damaged.");
        }

        Place(keys, names.Storages, reader.Position);
    }

    public object? Content { get; }

    // PyTorch swaps bytes on other machines before it writes this format.
    public bool IsBigEndian => false;

    public ByteView Open(TorchStorage storage, long offset, long length) =>
        _source.View(_offsets[storage.Key] + storage.ByteOffset + offset, length);

    // This format has no checksums.
    public void Check(TorchStorage storage) { }

    private static void ReadStart(PickleReader reader, TorchNames names)
    {
        if (PickleMachine.Read(reader, names) is not BigInteger magic || magic != Magic)
        {
            throw new InvalidDataException("it is a pickle, but not a PyTorch file: the magic number is missing.");
        }

        if (PickleMachine.Read(reader, names) is not FormatVersion)
        {
            throw new InvalidDataException($"its version is not {FormatVersion}, the only one of its format.");
        }

        PickleMachine.Read(reader, names);
    }

    private void Place(PickleSequence keys, IReadOnlyDictionary<string, TorchStorage> storages, long position)
    {
        foreach (var item in keys.Items)
        {
            var key = item as string ?? PickleText.Show(item);
            if (!storages.TryGetValue(key, out var storage) || !_offsets.TryAdd(key, position + sizeof(long)))
            {
                throw new InvalidDataException($"storage {key} is listed twice, or belongs to no tensor.");
            }

            var elements = BitConverter.ToInt64(_source.Read(position, sizeof(long)));
            if (elements != storage.ByteLength / storage.Type.Size)
            {
                throw new InvalidDataException(
                    $"storage {key} has {elements} elements where "
                        + $"{storage.ByteLength / storage.Type.Size} are needed: the file is damaged."
                );
            }

            position += sizeof(long) + storage.ByteLength;
            if (position > _source.Length)
            {
                throw new InvalidDataException(
                    $"it is truncated: storage {key} ends at byte {position}, but the file has {_source.Length}."
                );
            }
        }

        if (storages.Keys.FirstOrDefault(key => !_offsets.ContainsKey(key)) is { } missing)
        {
            throw new InvalidDataException($"storage {missing} is missing.");
        }
    }
}
