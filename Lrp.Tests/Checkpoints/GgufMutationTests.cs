using Lrp.Checkpoints;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>Sound files in which bytes were changed at random are read, or refused by one of the exceptions.</summary>
[TestFixture]
public sealed class GgufMutationTests
{
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

    [Test]
    public void AChangedFileIsReadOrRefusedAndNothingElseHappens()
    {
        var random = new Random(Seed);
        var files = Sound.Select(name => File.ReadAllBytes(GgufFiles.Path(name))).ToList();
        var count = GgufMutations.Count(DefaultCount);
        var refused = 0;
        for (var i = 0; i < count; i++)
        {
            var bytes = GgufMutations.Mutate(files[i % files.Count], random);
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
}
