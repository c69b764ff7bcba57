using Lrp.Checkpoints;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>Models in a folder, in one file or several.</summary>
[TestFixture]
public sealed class CheckpointFolderTests
{
    private const string Index = "model.safetensors.index.json";

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void AModelInTwoFilesIsReadAsOne()
    {
        using var scope = NewDisposeScope();
        Save("a.safetensors", "weight", full([2, 3], 2));
        Save("b.safetensors", "bias", ones(2));
        File.WriteAllText(_folder.Of(Index), """{"weight_map":{"weight":"a.safetensors","bias":"b.safetensors"}}""");
        var module = nn.Linear(3, 2);

        module.LoadCheckpoint(_folder.Path);

        Assert.That(module.weight.sum().item<float>(), Is.EqualTo(12));
        Assert.That(module.bias!.sum().item<float>(), Is.EqualTo(2));
    }

    [Test]
    public void FilesThatAreMissingAreNamed()
    {
        using var scope = NewDisposeScope();
        Save("a.safetensors", "weight", ones(2, 3));
        File.WriteAllText(_folder.Of(Index), """{"weight_map":{"weight":"a.safetensors","bias":"b.safetensors"}}""");
        Refuses("1 of 2 files that are not in", "b.safetensors");
    }

    [Test]
    public void ATensorThatIsNotWhereTheIndexSaysIsNamed()
    {
        using var scope = NewDisposeScope();
        Save("a.safetensors", "weight", ones(2, 3));
        File.WriteAllText(_folder.Of(Index), """{"weight_map":{"other":"a.safetensors"}}""");
        Refuses("'other' is in 'a.safetensors', but it is not");
    }

    [TestCase("""{"weight_map":{"weight":"../a.safetensors"}}""", "'weight'")]
    [TestCase("""{"weight_map":{"weight":3}}""", "'weight'")]
    [TestCase("""{"weights":{}}""", "weight_map")]
    [TestCase("{", "not valid JSON")]
    public void AnIndexThatIsNoneIsRefused(string index, string expected)
    {
        File.WriteAllText(_folder.Of(Index), index);
        Refuses(expected);
    }

    [Test]
    public void TheOnlyCheckpointOfAFolderIsTaken()
    {
        File.Copy(PyTorchFiles.Path("state-dict-legacy"), _folder.Of("weights.pt"));
        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.That(checkpoint.Contains("conv.weight"), Is.True);
    }

    [Test]
    public void OfSeveralCheckpointsNoneIsTaken()
    {
        File.Copy(PyTorchFiles.Path("tied"), _folder.Of("one.pth"));
        File.Copy(PyTorchFiles.Path("tied"), _folder.Of("two.pth"));
        Refuses("several checkpoints: one.pth, two.pth");
    }

    [Test]
    public void AFolderWithoutACheckpointIsRefused() => Refuses("has no checkpoint");

    [Test]
    public void TheContentSaysWhatAFileIsAndNotItsName()
    {
        using var scope = NewDisposeScope();
        Save("a.bin", "weight", ones(2));
        using var checkpoint = Checkpoint.Open(_folder.Of("a.bin"));
        Assert.That(checkpoint, Is.TypeOf<SafetensorsFile>());
    }

    private void Save(string file, string name, Tensor value) =>
        SafetensorsFile.Save(_folder.Of(file), new Dictionary<string, Tensor> { [name] = value });

    private void Refuses(params string[] parts)
    {
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(_folder.Path).Dispose());
        foreach (var part in parts)
        {
            Assert.That(error!.Message, Does.Contain(part));
        }
    }
}
