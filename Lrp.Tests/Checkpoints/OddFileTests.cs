using Lrp.Checkpoints;
using Lrp.Tests.Examples;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>Files and paths that are not as they should be.</summary>
[TestFixture]
public sealed class OddFileTests
{
    [Test]
    public void AMissingCounterOfBatchesIsNoError()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "norm.safetensors");
        var norm = nn.BatchNorm2d(3);
        SafetensorsFile.Save(path, norm.state_dict().Where(pair => pair.Key != "num_batches_tracked"));

        var (missing, unexpected) = nn.BatchNorm2d(3).LoadSafetensors(path);

        Assert.That(missing, Is.Empty);
        Assert.That(unexpected, Is.Empty);
    }

    [Test]
    public void WhatDoesNotFitIsReturnedWhereItIsAllowed()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "layer.safetensors");
        SafetensorsFile.Save(path, new Dictionary<string, Tensor> { ["weight"] = ones(2, 3), ["other"] = ones(1) });

        var (missing, unexpected) = nn.Linear(3, 2).LoadSafetensors(path, strict: false);

        Assert.That(missing, Is.EqualTo(new[] { "bias" }));
        Assert.That(unexpected, Is.EqualTo(new[] { "other" }));
    }

    [Test]
    public void SavesToOnePathAtOnceLeaveOneWholeFile()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "same.safetensors");
        Parallel.For(
            0,
            16,
            number =>
            {
                using var scope = NewDisposeScope();
                SafetensorsFile.Save(path, new Dictionary<string, Tensor> { ["t"] = full(1000, number) });
            }
        );

        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
        using var file = SafetensorsFile.Open(path);
        using var tensor = file.ReadTensor("t");
        using var all = tensor.eq(tensor[0]).all();
        Assert.That(all.item<bool>(), Is.True);
    }

    [Test]
    public void AFolderAsAPathIsCalledOne()
    {
        using var folder = new TemporaryFolder();
        Assert.That(
            () => SafetensorsFile.Open(folder.Path),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("is a folder")
        );
        Assert.That(
            () => SafetensorsFile.Save(folder.Path, []),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("is a folder")
        );
    }

    [TestCase("268435456,1024", 1099511627776L)]
    [TestCase("4611686018427387904,4", 16)]
    public void AHeaderThatPromisesMoreThanTheFileHoldsIsRefusedBeforeMemoryIsTaken(string shape, long end)
    {
        var header = $"{{{SafetensorsBytes.Entry("huge", "F32", shape, 0, end)}}}";
        Assert.That(
            () => SafetensorsFile.Open(SafetensorsBytes.File(header, 16)),
            Throws.TypeOf<SafetensorsException>()
        );
    }
}
