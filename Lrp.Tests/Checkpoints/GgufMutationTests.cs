using System.Globalization;
using Lrp.Checkpoints;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>Sound files in which bytes were changed at random are read, or refused by one of the exceptions.</summary>
[TestFixture]
public sealed class GgufMutationTests
{
    private const string CountVariable = "LRP_MUTATIONS";
    private const int DefaultCount = 400;
    private const int Seed = 20816;

    private static readonly string[] Sound =
    [
        "metadata.gguf",
        "metadata_nested.gguf",
        "llama-k_quants.gguf",
        "quants.gguf",
        "tokenizer-spm.gguf",
        "tokenizer-qwen2.gguf",
    ];

    // Numbers that tend to be forgotten.
    private static readonly ulong[] Extremes =
    [
        0,
        1,
        0xFF,
        0x7FFFFFFF,
        0x80000000,
        0xFFFFFFFF,
        0x1FFFFFFFFFFFFFFF,
        0x7FFFFFFFFFFFFFFF,
        0x8000000000000000,
        0xFFFFFFFFFFFFFFFF,
    ];

    [Test]
    public void AChangedFileIsReadOrRefusedAndNothingElseHappens()
    {
        var random = new Random(Seed);
        var files = Sound.Select(name => File.ReadAllBytes(GgufFiles.Path(name))).ToList();
        var wanted = Environment.GetEnvironmentVariable(CountVariable);
        var count = wanted is null ? DefaultCount : int.Parse(wanted, CultureInfo.InvariantCulture);
        var refused = 0;
        for (var i = 0; i < count; i++)
        {
            var bytes = Mutate(files[i % files.Count], random);
            try
            {
                using var scope = NewDisposeScope();
                using var file = GgufFile.Open(bytes);
                foreach (var entry in file.Entries.Where(entry => entry.ByteLength <= bytes.Length))
                {
                    file.ReadTensor(entry.Name);
                }
            }
            catch (GgufException)
            {
                refused++;
            }
        }

        TestContext.Out.WriteLine($"{refused} of {count} changed files were refused.");
        Assert.That(refused, Is.GreaterThan(count / 4));
    }

    private static byte[] Mutate(byte[] sound, Random random)
    {
        var bytes = (byte[])sound.Clone();

        // Most of a file is values, which can be anything; what can be wrong is in front.
        var head = Math.Min(bytes.Length, random.Next(2) == 0 ? 64 : 6000);
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var at = random.Next(head);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    var number = BitConverter.GetBytes(Extremes[random.Next(Extremes.Length)]);
                    number.AsSpan(0, Math.Min(number.Length, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                    break;
                default:
                    var length = Math.Min(random.Next(1, 40), bytes.Length - at);
                    bytes.AsSpan(random.Next(bytes.Length - length), length).ToArray().CopyTo(bytes, at);
                    break;
            }
        }

        return random.Next(5) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }
}
