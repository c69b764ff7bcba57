using Lrp.Checkpoints;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>Whatever bytes a file has, reading ends with values or with an exception that says why not.</summary>
[TestFixture]
public sealed class DamagedPyTorchFileTests
{
    private static readonly string[] Files = ["conjugate", "zip64", "zip-deflated", "tied", "parameter-legacy"];

    [TestCaseSource(nameof(Files))]
    public void AFileThatEndsAnywhereIsRefused(string name)
    {
        var whole = File.ReadAllBytes(PyTorchFiles.Path(name));
        using var folder = new TemporaryFolder();
        var path = folder.Of("cut.pth");
        for (var length = 0; length < whole.Length; length += 23)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.That(() => ReadAll(path), Throws.InstanceOf<CheckpointException>(), $"{length} bytes");
        }
    }

    [TestCaseSource(nameof(Files))]
    public void AChangedByteIsRefusedOrChangesNothingButValues(string name)
    {
        var whole = File.ReadAllBytes(PyTorchFiles.Path(name));
        using var folder = new TemporaryFolder();
        var path = folder.Of("changed.pth");
        var random = new Random(20261);
        for (var i = 0; i < 200; i++)
        {
            var changed = (byte[])whole.Clone();
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, changed);
            try
            {
                ReadAll(path);
            }
            catch (CheckpointException error)
            {
                Assert.That(error.Message, Is.Not.Empty);
            }
        }
    }

    [Test]
    public void AStorageThatIsDamagedLeavesTheModuleAsItWas()
    {
        using var scope = NewDisposeScope();
        var module = new SmallNetwork(channels: 3, classes: 3);
        var before = module.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.clone());

        Assert.That(
            () => module.LoadCheckpoint(PyTorchFiles.Path("wrong-crc")),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("CRC")
        );

        foreach (var (key, value) in module.state_dict())
        {
            Assert.That(value.bytes.SequenceEqual(before[key].bytes), Is.True, key);
        }
    }

    [TestCase("malicious-os-system")]
    [TestCase("malicious-os-system-legacy")]
    [TestCase("wrong-crc")]
    public void AFileThatWasRefusedIsClosed(string name)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Of("refused.pth");
        File.Copy(PyTorchFiles.Path(name), path);
        Assert.That(() => ReadAll(path), Throws.InstanceOf<CheckpointException>());
        Assert.That(
            () => File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose(),
            Throws.Nothing
        );
    }

    [Test]
    public void NoTensorIsHeldAfterAModelIsLoaded()
    {
        using var module = new SmallNetwork(channels: 5, classes: 5);
        module.LoadCheckpoint(PyTorchFiles.Path("state-dict-legacy"));
        var before = HeldMemory.Now().Tensors;
        module.LoadCheckpoint(PyTorchFiles.Path("state-dict-legacy"));
        Assert.That(HeldMemory.Now().Tensors, Is.EqualTo(before));
    }

    private static void ReadAll(string path)
    {
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(path);
        checkpoint.ReadAll();
    }
}
