using Lrp.Onnx;
using Lrp.Tests.Golden;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>ONNX Runtime computes what the modules compute; where the tests have its package.</summary>
[TestFixture]
public sealed class OnnxRuntimeTests
{
    [TestCase("resnet", 1e-6)]
    [TestCase("encoder-decomposed", 1e-5)]
    [TestCase("bert", 1e-5)]
    [TestCase("lstm-bidirectional", 1e-6)]
    public void EveryValueIsThatOfOnnxRuntime(string name, double within)
    {
        using var scope = NewDisposeScope();
        var path = OnnxFolders.All.Select(folder => Path.Combine(folder, $"{name}.onnx")).First(File.Exists);
        using var golden = new GoldenCase(Path.ChangeExtension(path, ".safetensors"));
        using var model = OnnxModel.Load(path);
        Tensor[] inputs = [.. model.InputNames.Select(input => golden.Read($"input.{input}"))];
        IReadOnlyList<OnnxDifference> differences;
        try
        {
            differences = model.Verify(inputs, everyValue: true);
        }
        catch (InvalidOperationException exception)
        {
            Assert.Ignore(exception.Message);
            return;
        }

        Assert.That(differences, Has.Count.GreaterThan(1));
        Assert.That(differences.Where(difference => difference.Relative > within), Is.Empty);
    }
}
