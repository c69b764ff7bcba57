using System.Text.Json;
using Lrp.Checkpoints;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>Files that PyTorch wrote are read to the same values, or refused with the reason.</summary>
[TestFixture]
public sealed class PyTorchFileTests
{
    // Of what the message must speak, where the reason in the description is not said in the same words.
    private static readonly Dictionary<string, string[]> Words = new()
    {
        ["empty"] = ["is empty"],
        ["storage 1: bytes"] = ["storage 1: bytes"],
        ["CRC of archive/data/0"] = ["CRC of archive/data/0"],
        ["truncated: storage shorter than it says"] = ["truncated", "storage"],
        ["truncated or not a zip file"] = ["truncated"],
        ["torch._utils _rebuild_sparse_tensor, or read it"] = ["torch._utils _rebuild_sparse_tensor"],
        ["a TorchScript archive: its module classes are code; say so (its tensors may be read)"] =
        [
            "TorchScript archive",
            "code",
        ],
        ["torch.nn.modules.container Sequential; the message should say: save model.state_dict()"] =
        [
            "torch.nn.modules.container Sequential",
            "model.state_dict()",
        ],
    };

    [TestCaseSource(typeof(PyTorchFiles), nameof(PyTorchFiles.ToLoad))]
    public void EveryTensorAndValueIsTheOneThatWasSaved(string path)
    {
        using var scope = NewDisposeScope();
        var descriptor = PyTorchFiles.Descriptor(path);
        using var checkpoint = (TorchCheckpoint)Checkpoint.Open(path);
        using var values = SafetensorsFile.Open(Path.ChangeExtension(path, ".safetensors"));
        var expected = new ExpectedContent(checkpoint, values, descriptor.TryGetProperty("optional", out _));

        expected.AssertEqual(descriptor.GetProperty("expected"), checkpoint.Content);

        Assert.That(checkpoint.Names.Select(name => "/" + name), Is.EquivalentTo(expected.Seen));
    }

    [TestCaseSource(typeof(PyTorchFiles), nameof(PyTorchFiles.ToLoad))]
    public void WhatStandsBeforeTheNamesOfTheModelIsFound(string path)
    {
        var descriptor = PyTorchFiles.Descriptor(path);
        var model = Text(descriptor, "model_prefix").TrimStart('/');
        var prefix = (model.Length > 0 ? model + "/" : string.Empty) + Text(descriptor, "name_prefix");
        using var checkpoint = Checkpoint.Open(path);
        string[] keys =
        [
            .. checkpoint
                .Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(name => name[prefix.Length..]),
        ];

        Assert.That(checkpoint.FindPrefix(keys), Is.EqualTo(prefix));
    }

    [TestCaseSource(typeof(PyTorchFiles), nameof(PyTorchFiles.ToRefuse))]
    public void WhatIsNoContainerOfTensorsIsRefusedWithTheReason(string path)
    {
        var reason = Text(PyTorchFiles.Descriptor(path), "reason");

        var error = Assert.Throws<CheckpointException>(() => ReadAll(path));

        TestContext.Out.WriteLine(error!.Message);
        foreach (var word in Words.GetValueOrDefault(reason) ?? [reason])
        {
            Assert.That(error.Message, Does.Contain(word));
        }

        Assert.That(error.Message, Does.Contain(Path.GetFileName(path)));
    }

    [Test]
    public void ListsInListsInListsAreNoDanger()
    {
        Assert.That(
            () => ReadAll(PyTorchFiles.Path("deeply-nested")),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("nesting")
        );
    }

    private static void ReadAll(string path)
    {
        using var scope = NewDisposeScope();
        using var checkpoint = Checkpoint.Open(path);
        checkpoint.ReadAll();
    }

    private static string Text(JsonElement descriptor, string name) =>
        descriptor.TryGetProperty(name, out var value) ? value.GetString()! : string.Empty;
}
