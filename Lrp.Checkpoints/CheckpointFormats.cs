using Lrp.Checkpoints.Bytes;

namespace Lrp.Checkpoints;

/// <summary>Recognises the format of a file, and finds a model's files in a folder.</summary>
internal static class CheckpointFormats
{
    private const string IndexEnding = ".index.json";
    private const byte PickleStart = 0x80;
    private const int HeadBytes = 9;

    private static readonly string[] Usual =
    [
        "model.safetensors",
        "model.safetensors.index.json",
        "pytorch_model.bin",
        "pytorch_model.bin.index.json",
    ];

    private static readonly string[][] Kinds =
    [
        [".safetensors"],
        [".pth", ".pt", ".bin"],
        [".gguf"],
    ];

    public static Checkpoint Open(string path)
    {
        if (Directory.Exists(path))
        {
            return Open(InFolder(path));
        }

        if (path.EndsWith(IndexEnding, StringComparison.OrdinalIgnoreCase))
        {
            return ShardedCheckpoint.Open(path);
        }

        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            return SafetensorsFile.Open(path);
        }

        return OpenByContent(path);
    }

    private static Checkpoint OpenByContent(string path)
    {
        var name = Path.GetFileName(path);
        var source = new MappedFile(path);
        byte[] head;
        try
        {
            GitLfsPointer.ThrowIf(source, path);
            head = source.Read(0, Math.Min(HeadBytes, source.Length));
        }
        catch
        {
            source.Dispose();
            throw;
        }

        if (head is [(byte)'P', (byte)'K', ..])
        {
            return TorchCheckpoint.Open(source, zip: true, name);
        }

        if (head is [PickleStart, ..])
        {
            return TorchCheckpoint.Open(source, zip: false, name);
        }

        if (head is [(byte)'G', (byte)'G', (byte)'U', (byte)'F', ..])
        {
            return GgufFile.Open(source, name);
        }

        source.Dispose();
        if (head is [_, _, _, _, _, _, _, _, (byte)'{'])
        {
            return SafetensorsFile.Open(path);
        }

        throw new CheckpointException(
            head.Length == 0
                ? $"'{name}' is empty; download or copy it once more."
                : $"'{name}' is not a PyTorch file, and neither safetensors nor GGUF: it begins like none of them."
        );
    }

    /// <summary>Whether a file is one of several, as <c>model-00001-of-00003.safetensors</c>.</summary>
    private static bool IsPart(string file) =>
        file.Contains("-of-0", StringComparison.Ordinal) && !file.Contains("-of-00001", StringComparison.Ordinal);

    private static string InFolder(string folder)
    {
        if (Usual.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } usual)
        {
            return usual;
        }

        foreach (var endings in Kinds)
        {
            string[] files =
            [
                .. Directory
                    .EnumerateFiles(folder)
                    .Where(file => endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                    .Order(StringComparer.Ordinal),
            ];
            if (files.FirstOrDefault(IsPart) is { } shard)
            {
                throw new CheckpointException(
                    $"The folder '{folder}' has {Path.GetFileName(shard)}, a part of a checkpoint, and no index "
                        + "(model.safetensors.index.json or pytorch_model.bin.index.json), which lists the parts: "
                        + "download it too."
                );
            }

            if (files.Length == 1)
            {
                return files[0];
            }

            if (files.Length > 1)
            {
                throw new CheckpointException(
                    $"The folder '{folder}' has several checkpoints: "
                        + $"{KeyComparison.Shorten([.. files.Select(file => Path.GetFileName(file))])}. Give the path "
                        + "of one of them."
                );
            }
        }

        throw new CheckpointException(
            $"The folder '{folder}' has no checkpoint: no model.safetensors, no model.safetensors.index.json, and no "
                + "other file that ends in .safetensors, .pth, .pt, .bin or .gguf."
        );
    }
}
