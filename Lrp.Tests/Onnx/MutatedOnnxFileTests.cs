using Lrp.Onnx;
using Lrp.Onnx.Errors;

namespace Lrp.Tests.Onnx;

/// <summary>
/// Files with bytes changed at random: read, or refused by an exception of this library, and never a crash.
/// </summary>
[TestFixture]
public sealed class MutatedOnnxFileTests
{
    [Test]
    public void AFileWithChangedBytesIsReadOrRefused()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("LRP_MUTATIONS") ?? "300", null);
        var files = OnnxFolders
            .All.SelectMany(folder => Directory.EnumerateFiles(folder, "*.onnx"))
            .Where(path => new FileInfo(path).Length < 1 << 20)
            .Order(StringComparer.Ordinal)
            .ToList();
        Assume.That(files, Is.Not.Empty);
        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, "mutated.onnx");
        var random = new Random(1);
        try
        {
            for (var k = 0; k < count; k++)
            {
                File.WriteAllBytes(path, Mutated(random, File.ReadAllBytes(files[random.Next(files.Count)])));
                try
                {
                    using var model = OnnxModel.Load(path);
                }
                catch (OnnxException exception)
                {
                    Assert.That(exception.Message, Is.Not.Empty);
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static byte[] Mutated(Random random, byte[] bytes)
    {
        for (var changes = random.Next(1, 6); changes > 0 && bytes.Length > 0; changes--)
        {
            var at = random.Next(bytes.Length);
            var length = random.Next(1, Math.Min(16, bytes.Length - at) + 1);
            bytes = random.Next(5) switch
            {
                0 => [.. bytes[..at], .. bytes[(at + length)..]],
                1 => [.. bytes[..at], .. bytes[at..(at + length)], .. bytes[at..]],
                2 => bytes[..Math.Max(1, at)],
                3 => Changed(bytes, at, (byte)random.Next(256)),
                _ => Changed(bytes, at, (byte)(bytes[at] ^ (1 << random.Next(8)))),
            };
        }

        return bytes;
    }

    private static byte[] Changed(byte[] bytes, int at, byte value)
    {
        bytes[at] = value;
        return bytes;
    }
}
