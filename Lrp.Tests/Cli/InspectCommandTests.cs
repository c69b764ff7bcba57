using System.Text.Json;

namespace Lrp.Tests.Cli;

/// <summary><c>lrp inspect</c>, on one file of each format.</summary>
[TestFixture]
public sealed class InspectCommandTests
{
    [TestCase("checkpoints/nested.pth")]
    [TestCase("checkpoints/nested.safetensors")]
    [TestCase("gguf/llama-f16.gguf")]
    [TestCase("onnx-files/cnn-plain.onnx")]
    public void TensorsAreListedWithShapesTypesAndSizes(string file)
    {
        var run = CommandRun.Of("inspect", Golden(file), "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        var tensors = json.RootElement.GetProperty("tensors").EnumerateArray().ToList();
        Assert.That(tensors, Is.Not.Empty);
        using var all = Assert.EnterMultipleScope();
        foreach (var tensor in tensors)
        {
            Assert.That(tensor.GetProperty("name").GetString(), Is.Not.Empty);
            Assert.That(tensor.GetProperty("dtype").GetString(), Is.Not.Empty);
            Assert.That(tensor.GetProperty("bytes").GetInt64(), Is.GreaterThan(0));
        }
    }

    [Test]
    public void AnOnnxFileHasItsInputsOutputsAndOperators()
    {
        var run = CommandRun.Of("inspect", Golden("onnx-files/cnn-plain.onnx"));
        Assert.That(
            run.Output,
            Does.Contain("input ").And.Contain("output ").And.Contain("Conv 2").And.Contain("tensors")
        );
    }

    [TestCase("checkpoints/not-a-checkpoint.pth")]
    [TestCase("onnx-files/bad/truncated.onnx")]
    [TestCase("nowhere.gguf")]
    public void AFileThatCannotBeReadIsNamedInOneSentence(string file) => CommandRun.Refused(["inspect", Golden(file)]);

    private static string Golden(string file) => Path.Combine([AppContext.BaseDirectory, "Golden", .. file.Split('/')]);
}
