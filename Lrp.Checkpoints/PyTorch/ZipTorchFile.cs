using System.Text;
using Lrp.Checkpoints.Archives;
using Lrp.Checkpoints.Bytes;
using Lrp.Checkpoints.Pickles;

namespace Lrp.Checkpoints.PyTorch;

/// <summary>
/// The format since PyTorch 1.6: a zip file with a folder of any name, in it <c>data.pkl</c> and the storages
/// <c>data/0</c>, <c>data/1</c> and so on.
/// </summary>
internal sealed class ZipTorchFile : ITorchFile
{
    private const string Pickle = "data.pkl";
    private const long MaxPickleBytes = 1 << 28;

    private readonly ZipArchive _archive;
    private readonly string _folder;

    public ZipTorchFile(ByteSource source)
    {
        _archive = new ZipArchive(source);
        _folder = Folder(_archive);
        IsBigEndian = ReadByteOrder();
        var names = new TorchNames();
        Content = ReadContent(names);
        foreach (var storage in names.Storages.Values)
        {
            var length = Entry(storage).Length;
            if (length < storage.ByteLength)
            {
                throw new InvalidDataException(
                    $"storage {storage.Key}: bytes are missing; it has {length} where {storage.ByteLength} are needed."
                );
            }
        }
    }

    public object? Content { get; }

    public bool IsBigEndian { get; }

    public ByteView Open(TorchStorage storage, long offset, long length) =>
        _archive.Open(Entry(storage), storage.ByteOffset + offset, length);

    public void Check(TorchStorage storage) => _archive.Check(Entry(storage));

    private ZipEntry Entry(TorchStorage storage) =>
        _archive.Find($"{_folder}data/{storage.Key}")
        ?? throw new InvalidDataException(
            $"storage {storage.Key} is missing: the zip file has no {_folder}data/{storage.Key}."
        );

    private object? ReadContent(TorchNames names)
    {
        var entry = _archive.Find(_folder + Pickle)!;
        if (entry.Length > MaxPickleBytes)
        {
            throw new InvalidDataException($"{entry.Name} has {entry.Length} bytes; {MaxPickleBytes} are the most.");
        }

        _archive.Check(entry);
        using var view = _archive.Open(entry, 0, entry.Length);
        return PickleMachine.Read(new PickleReader(view), names);
    }

    private bool ReadByteOrder() =>
        _archive.Find($"{_folder}byteorder") is { Length: < 10 } entry
        && Encoding.ASCII.GetString(_archive.Read(entry)) switch
        {
            "little" => false,
            "big" => true,
            var other => throw new InvalidDataException($"its byte order is '{other}', which is not known."),
        };

    private static string Folder(ZipArchive archive)
    {
        string[] folders =
        [
            .. archive
                .Names.Where(name => name.EndsWith($"/{Pickle}", StringComparison.Ordinal))
                .Select(name => name[..^Pickle.Length])
                .Where(folder => folder.IndexOf('/', StringComparison.Ordinal) == folder.Length - 1),
        ];
        if (folders.Length != 1)
        {
            throw new InvalidDataException(
                $"it is a zip file with {folders.Length} files {Pickle} where a PyTorch file has one."
            );
        }

        var folder = folders[0];
        return
            archive.Find($"{folder}constants.pkl") is null
            && !archive.Names.Any(name => name.StartsWith($"{folder}code/", StringComparison.Ordinal))
            ? folder
            : throw new InvalidDataException(
                "it is a TorchScript archive, whose modules are code. In Python, save its tensors by "
                    + "torch.save(torch.jit.load(path).state_dict(), other_path)."
            );
    }
}
