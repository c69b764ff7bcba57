using Lrp.Checkpoints;
using Lrp.Models;
using Lrp.Models.Methods;
using Lrp.Models.Tokenizers;
using Lrp.Models.Transformers;
using Lrp.Tests.Checkpoints;
using Lrp.Tests.Examples;
using TorchSharp;
using static TorchSharp.torch;
using Linear = TorchSharp.Modules.Linear;
using Transformer = Lrp.Models.Transformers.Transformer;

namespace Lrp.Tests.Models.Transformers;

/// <summary>Models in GGUF files: those that are none are refused, and weights may stay in the file.</summary>
[TestFixture]
public sealed class GgufModelTests
{
    private static IEnumerable<TestCaseData> Files() => GgufFiles.Bad(ofModels: true);

    [TestCaseSource(nameof(Files))]
    public void AFileThatIsNoModelOrNoTokenizerIsRefused(string path, string kind, string[] names) =>
        GgufFiles.AssertRefused(
            () =>
            {
                if (Path.GetFileName(path).StartsWith("model-", StringComparison.Ordinal))
                {
                    using var model = Transformer.Load(path);
                }
                else
                {
                    Tokenizer.Load(path);
                }
            },
            kind,
            names
        );

    [Test]
    public void AModelWhoseFileIsChangedIsLoadedOrRefusedAndNothingElseHappens()
    {
        var random = new Random(20816);
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "changed.gguf");
        byte[][] sound =
        [
            File.ReadAllBytes(GgufFiles.Path("llama-q4_0.gguf")),
            File.ReadAllBytes(GgufFiles.Path("qwen2.gguf")),
            File.ReadAllBytes(GgufFiles.Path("phi3.gguf")),
        ];
        var count = GgufMutations.Count(150);
        var refused = 0;
        for (var i = 0; i < count; i++)
        {
            File.WriteAllBytes(path, GgufMutations.Mutate(sound[i % sound.Length], random, head: 1600));
            try
            {
                Transformer.Load(path, keepQuantized: i % 2 == 0).Dispose();
                Tokenizer.Load(path).Encode("The quick brown fox is 42.");
            }
            catch (GgufException)
            {
                refused++;
            }
        }

        TestContext.Out.WriteLine($"{refused} of {count} changed models were refused.");
        Assert.That(refused, Is.InRange(count / 4, count - 1));
    }

    [Test]
    public void WeightsHaveTheElementTypeThatIsAskedFor(
        [Values(ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16)] ScalarType type
    )
    {
        using var model = Transformer.Load(GgufFiles.Path("llama-q4_0.gguf"), type);

        Assert.That(model.parameters().Select(parameter => parameter.dtype), Is.All.EqualTo(type));
    }

    [Test]
    public void WeightsThatStayInTheFileGiveTheSameRelevance(
        [Values("llama-q4_0", "llama-k_quants", "phi3", "gemma3")] string name,
        [Values] RelevanceForm form
    )
    {
        using var scope = NewDisposeScope();
        var path = GgufFiles.Path($"{name}.gguf");
        using var filled = Transformer.Load(path, ScalarType.Float64);
        using var kept = Transformer.Load(path, ScalarType.Float64, keepQuantized: true);
        var ids = tensor(new long[] { 1, 40, 41, 42, 43, 44, 45 }).unsqueeze(0);

        IReadOnlyList<IReadOnlyList<long>> target =
        [
            [6, 50],
        ];

        using var expected = filled.Explain(ids, target, form: form);
        using var first = kept.Explain(ids, target, form: form);
        using var second = kept.Explain(ids, target, form: form);

        Assert.That(first.Text.Relevance.eq(expected.Text.Relevance).all().ToBoolean(), Is.True);
        Assert.That(second.Text.Relevance.eq(expected.Text.Relevance).all().ToBoolean(), Is.True);
    }

    [Test]
    public void WeightsThatStayInTheFileTakeNoMemoryBetweenCalls()
    {
        using var scope = NewDisposeScope();
        using var model = Transformer.Load(GgufFiles.Path("llama-q4_0.gguf"), keepQuantized: true);
        using (no_grad())
        {
            var logits = model.call(tensor(new long[] { 1, 40, 41 }).unsqueeze(0), null, null, null);
            Assert.That(logits.isnan().any().ToBoolean(), Is.False);
        }

        var linear = model.modules().OfType<Linear>().ToList();
        Assert.That(linear, Is.Not.Empty);
        Assert.That(linear.Select(layer => layer.weight!.stride()), Is.All.EqualTo(new[] { 0L, 0 }));
    }

    [Test]
    public void TheFileIsClosedWithTheWeightsThatStayInIt()
    {
        var file = GgufFile.Open(GgufFiles.Path("llama-q4_0.gguf"));
        new StoredWeights(file).Dispose();

        Assert.That(() => file.ReadTensor("output_norm.weight"), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void AFolderKeepsNoWeightsQuantized() =>
        Assert.That(
            () => Transformer.Load(GgufFiles.Folder, keepQuantized: true),
            Throws.ArgumentException.With.Message.Contains("no GGUF file")
        );

    [Test]
    public void ALanguageModelIsOneFile([Values] bool keepQuantized)
    {
        var path = GgufFiles.Path("qwen2.gguf");
        using var model = LanguageModel.Load(path, ScalarType.Float64, keepQuantized);
        using var why = model.Explain("The quick brown fox is 42.");

        Assert.That(why.Score, Is.EqualTo(23.372811028828337).Within(1e-6));
    }
}
