using System.Text.Json;
using Lrp.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>A GGUF file's metadata and tensors are read as they are.</summary>
[TestFixture]
public sealed class GgufFileTests
{
    [Test]
    public void MetadataOfEveryTypeIsReadAsItIs()
    {
        using var file = GgufFile.Open(GgufFiles.Path("metadata.gguf"));
        using var expected = JsonDocument.Parse(File.ReadAllText(GgufFiles.Path("metadata.json")));

        var values = expected.RootElement.GetProperty("metadata").EnumerateObject().ToList();

        Assert.That(file.Metadata.Keys, Is.EqualTo(values.Select(value => value.Name)));
        using (Assert.EnterMultipleScope())
        {
            foreach (var value in values)
            {
                var type = value.Value.GetProperty("type").GetString()!;
                Assert.That(GgufFiles.TypeOf(file.Metadata[value.Name]), Is.EqualTo(type), value.Name);
                Assert.That(
                    GgufFiles.Show(file.Metadata[value.Name]),
                    Is.EqualTo(GgufFiles.Show(value.Value.GetProperty("value"))),
                    value.Name
                );
            }
        }
    }

    [Test]
    public void ArraysInArraysAreReadAsArrays()
    {
        using var file = GgufFile.Open(GgufFiles.Path("metadata_nested.gguf"));

        var nested = (object[])file.Metadata["nested"];

        Assert.That(nested, Has.Length.EqualTo(2));
        Assert.That(nested[0], Is.EqualTo(new[] { 1, 2 }));
        Assert.That(nested[1], Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void ABigEndianFileIsRefusedByName() =>
        Assert.That(
            () => GgufFile.Open(GgufFiles.Path("big_endian.gguf")),
            Throws.TypeOf<GgufUnsupportedException>().With.Message.Contains("big-endian")
        );

    [Test]
    public void AKeyThatIsMissingOrOfAnotherTypeIsNamed()
    {
        using var file = GgufFile.Open(GgufFiles.Path("metadata.gguf"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => file.Metadata.Integer("llama.block_count"),
                Throws.TypeOf<GgufModelException>().With.Message.Contains("'llama.block_count'")
            );
            Assert.That(
                () => file.Metadata.Integer("a.string"),
                Throws.TypeOf<GgufModelException>().With.Message.Contains("'a.string'").And.Message.Contains("string")
            );
            Assert.That(
                () => file.Metadata.Integer("a.u64"),
                Throws.TypeOf<GgufModelException>().With.Message.Contains("'a.u64'")
            );
            Assert.That(file.Metadata.Integer("a.u32"), Is.EqualTo(uint.MaxValue));
            Assert.That(file.Metadata.Real("a.f64"), Is.EqualTo(0.1));
            Assert.That(file.Metadata.Integers("array.i32"), Is.EqualTo(new[] { -7L, 7 }));
        }
    }

    [Test]
    public void TheGeneralCheckpointOpensIt()
    {
        using var checkpoint = Checkpoint.Open(GgufFiles.Path("llama-q4_0.gguf"));

        var entry = checkpoint.Entry("blk.0.attn_q.weight");

        Assert.That(checkpoint, Is.TypeOf<GgufFile>());
        Assert.That(entry.ToString(), Is.EqualTo("blk.0.attn_q.weight Q4_0 [32, 32]"));
        Assert.That(entry.Type, Is.EqualTo(ScalarType.Float32));
        Assert.That(entry.ByteLength, Is.EqualTo(32 * 18));
    }

    [TestCase(ScalarType.Float64)]
    [TestCase(ScalarType.Float32)]
    [TestCase(ScalarType.BFloat16)]
    [TestCase(ScalarType.Float16)]
    public void AQuantisedTensorIsReadIntoATensorOfAnyElementType(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var file = GgufFile.Open(GgufFiles.Path("quants.gguf"));
        var expected = file.ReadTensor("random.Q4_K").to(type);
        var parameter = nn.Parameter(zeros(4, 512, type));
        var transposed = zeros(512, 4, type).t();

        file.ReadTensor("random.Q4_K", parameter);
        file.ReadTensor("random.Q4_K", transposed);

        Assert.That(parameter.eq(expected).all().ToBoolean(), Is.True);
        Assert.That(transposed.eq(expected).all().ToBoolean(), Is.True);
    }

    [Test]
    public void ATensorOfAnotherShapeIsRefusedBeforeItIsRead()
    {
        using var file = GgufFile.Open(GgufFiles.Path("quants.gguf"));
        using var destination = zeros(4, 256);
        Assert.That(
            () => file.ReadTensor("random.Q4_K", destination),
            Throws
                .TypeOf<GgufModelException>()
                .With.Message.Contains("random.Q4_K")
                .And.Message.Contains("[4, 512]")
                .And.Message.Contains("[4, 256]")
        );
    }

    [Test]
    public void TensorsOutliveTheirFile()
    {
        Tensor tensor;
        using (var file = GgufFile.Open(GgufFiles.Path("llama-f32.gguf")))
        {
            tensor = file.ReadTensor("output_norm.weight");
        }

        using (tensor)
        using (var sum = tensor.sum())
        {
            Assert.That(sum.ToDouble(), Is.Positive.And.LessThan(1000));
        }
    }
}
