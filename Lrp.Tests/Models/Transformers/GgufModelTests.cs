using Lrp.Models.Tokenizers;
using Lrp.Models.Transformers;
using Lrp.Tests.Checkpoints;

namespace Lrp.Tests.Models.Transformers;

/// <summary>Sound GGUF files that are no models are refused, by kind and name.</summary>
[TestFixture]
public sealed class GgufModelTests
{
    private static IEnumerable<TestCaseData> Files() => GgufFiles.Bad(ofModels: true);

    [TestCaseSource(nameof(Files))]
    public void AFileThatIsNoModelIsRefused(string path, string kind, string[] names) =>
        GgufFiles.AssertRefused(
            () =>
            {
                using var model = Transformer.Load(path);
                Tokenizer.Load(path);
            },
            kind,
            names
        );
}
