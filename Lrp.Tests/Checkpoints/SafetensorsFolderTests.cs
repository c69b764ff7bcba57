using Lrp.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>Parts of tensors, and tensors that lie in several files.</summary>
[TestFixture]
public sealed class SafetensorsFolderTests
{
    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("lrp-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void RowsAreAPartOfATensor()
    {
        using var scope = NewDisposeScope();
        var whole = Save("model.safetensors", "a", arange(12, dtype: ScalarType.Float32).view(4, 3));
        using var file = SafetensorsFile.Open(Of("model.safetensors"));
        Assert.That(file.ReadRows("a", 1, 2).equal(whole.narrow(0, 1, 2)).ToBoolean(), Is.True);
    }

    [Test]
    public void RowsThatATensorHasNotAreRefused()
    {
        using var scope = NewDisposeScope();
        Save("model.safetensors", "a", ones(4, 3));
        using var file = SafetensorsFile.Open(Of("model.safetensors"));
        Assert.That(
            () => file.ReadRows("a", 3, 2),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("has no rows 3 to 4")
        );
    }

    [TestCase(ScalarType.Float32)]
    [TestCase(ScalarType.Float64)]
    public void ATensorIsReadIntoMemoryThatIsThere(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var whole = Save("model.safetensors", "a", randn(5, 3));
        using var file = SafetensorsFile.Open(Of("model.safetensors"));
        var (plain, turned) = (zeros(5, 3, dtype: dtype), zeros(3, 5, dtype: dtype));
        file.ReadInto("a", plain);
        file.ReadInto("a", turned.t());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plain.equal(whole.to_type(dtype)).ToBoolean(), Is.True);
            Assert.That(turned.t().equal(whole.to_type(dtype)).ToBoolean(), Is.True);
        }
    }

    [Test]
    public void MemoryOfAnotherShapeIsRefused()
    {
        using var scope = NewDisposeScope();
        Save("model.safetensors", "a", ones(4, 3));
        using var file = SafetensorsFile.Open(Of("model.safetensors"));
        Assert.That(
            () => file.ReadInto("a", zeros(4, 4)),
            Throws.ArgumentException.With.Message.Contains("do not fit a tensor of shape [4, 4]")
        );
    }

    [Test]
    public void ShardsAreOneFolder()
    {
        using var scope = NewDisposeScope();
        var first = Save("1.safetensors", "a", randn(2, 2));
        var second = Save("2.safetensors", "b", randn(3));
        WriteIndex("""{"a": "1.safetensors", "b": "2.safetensors"}""");
        using var folder = SafetensorsFolder.Open(_folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(folder.Names, Is.EquivalentTo(new[] { "a", "b" }));
            Assert.That(folder.FileOf("a").ReadTensor("a").equal(first).ToBoolean(), Is.True);
            Assert.That(folder.FileOf("b").ReadTensor("b").equal(second).ToBoolean(), Is.True);
        }
    }

    [Test]
    public void AllMissingShardsAreNamed()
    {
        WriteIndex("""{"a": "1.safetensors", "b": "2.safetensors"}""");
        Assert.That(
            () => SafetensorsFolder.Open(_folder),
            Throws.TypeOf<FileNotFoundException>().With.Message.Contains("lacks 1.safetensors, 2.safetensors")
        );
    }

    [Test]
    public void AShardWithoutTheTensorOfTheIndexIsNamed()
    {
        using var scope = NewDisposeScope();
        Save("1.safetensors", "a", ones(2));
        WriteIndex("""{"a": "1.safetensors", "b": "1.safetensors"}""");
        Assert.That(
            () => SafetensorsFolder.Open(_folder),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("b in 1.safetensors")
        );
    }

    [Test]
    public void AnIndexThatNamesFilesElsewhereIsRefused()
    {
        WriteIndex("""{"a": "../1.safetensors"}""");
        Assert.That(
            () => SafetensorsFolder.Open(_folder),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("not in the folder itself")
        );
    }

    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("{}")]
    public void ADamagedIndexIsRefused(string text)
    {
        File.WriteAllText(Of("model.safetensors.index.json"), text);
        Assert.That(
            () => SafetensorsFolder.Open(_folder),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("is damaged")
        );
    }

    private string Of(string name) => Path.Combine(_folder, name);

    private Tensor Save(string file, string name, Tensor tensor)
    {
        SafetensorsFile.Save(Of(file), [new KeyValuePair<string, Tensor>(name, tensor)]);
        return tensor;
    }

    private void WriteIndex(string map) =>
        File.WriteAllText(Of("model.safetensors.index.json"), $$"""{"weight_map": {{map}}}""");
}
