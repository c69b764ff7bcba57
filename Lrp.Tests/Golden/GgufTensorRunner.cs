using Lrp.Checkpoints;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>Tensors of GGUF files: each is, bit for bit, what ggml computes.</summary>
public sealed class GgufTensorRunner : IGoldenRunner
{
    public IReadOnlyCollection<string> Kinds => ["gguf_tensors"];

    public void Run(GoldenCase golden)
    {
        var folder = Path.GetDirectoryName(golden.Path)!;
        using var file = GgufFile.Open(Path.Combine(folder, golden.Descriptor.GetProperty("model").GetString()!));
        var types = golden.Descriptor.GetProperty("tensor_types").EnumerateObject().ToList();
        Assert.That(
            file.Entries.Select(entry => (entry.Name, entry.Dtype)),
            Is.EquivalentTo(types.Select(type => (type.Name, type.Value.GetString())))
        );
        foreach (var name in file.Names)
        {
            using var scope = NewDisposeScope();
            AssertSame(file.ReadTensor(name), golden.Read(name), name);
        }
    }

    /// <summary>Holds a tensor bit for bit against one of the same numbers, perhaps in a wider type.</summary>
    public static void AssertSame(Tensor actual, Tensor expected, string name)
    {
        Assert.That(actual.shape, Is.EqualTo(expected.shape), $"shape of {name}");
        var wide = actual.to(expected.dtype).contiguous();
        Assert.That(wide.bytes.SequenceEqual(expected.contiguous().bytes), Is.True, $"{name} has other bits");
    }
}
