using Lrp.Tests.Examples;
using Lrp.Tests.Models.Text;

namespace Lrp.Tests.Cli;

/// <summary>What the command says to bad input: one sentence that names the file and what is supported.</summary>
[TestFixture]
public sealed class BadInputTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Create() => _folder = new TemporaryFolder();

    [TearDown]
    public void Free() => _folder.Dispose();

    [Test]
    public void AFolderWithoutConfigJsonIsNamed() => Refused("config.json", _folder.Path);

    [Test]
    public void MissingShardsAreNamed()
    {
        TinyModel.Copy(_folder.Path, "llama-0");
        TinyModel.WriteTokenizer(_folder.Path);
        foreach (var file in Directory.GetFiles(_folder.Path, "*.safetensors"))
        {
            File.Delete(file);
        }

        File.WriteAllText(
            _folder.Of("model.safetensors.index.json"),
            """{ "weight_map": { "model.norm.weight": "model-00001-of-00002.safetensors" } }"""
        );
        Refused("model-00001-of-00002.safetensors");
    }

    [Test]
    public void AnUnknownArchitectureIsNamedWithItsFileAndThoseThatAreKnown()
    {
        File.WriteAllText(
            _folder.Of("config.json"),
            """{ "model_type": "mamba", "architectures": ["MambaForCausalLM"] }"""
        );
        Refused("'mamba'", _folder.Of("config.json"), "llama", "bert");
    }

    [Test]
    public void AModelThatIsNowhereIsNamed() =>
        CommandRun.Refused(["explain", "--model", "nowhere", "--text", "a"], "'nowhere'");

    [Test]
    public void AnUnknownNetworkForImagesIsAnsweredWithThoseThatAreKnown()
    {
        File.WriteAllBytes(_folder.Of("photo.png"), []);
        CommandRun.Refused(
            ["explain", "--model", "resnet1", "--image", _folder.Of("photo.png")],
            "'resnet1'",
            "resnet18"
        );
    }

    [Test]
    public void AnUnknownMethodIsAnsweredWithThoseThatAreKnown()
    {
        using var model = TinyModel.Load(_folder.Path);
        Refused(["--method", "lime"], "'lime'", "attnlrp", "cp-lrp");
    }

    [Test]
    public void AnUnknownFormatIsRefusedBeforeAnythingIsComputed()
    {
        using var model = TinyModel.Load(_folder.Path);
        Refused(["--out", "why.docx"], "why.docx", ".html");
    }

    [TestCase("explain", "--model")]
    [TestCase("explain --model x", "--text")]
    [TestCase("explain --model x --text a --image b", "either")]
    [TestCase("explain --model x --text a --quick", "--quick")]
    [TestCase("inspect", "FILE")]
    [TestCase("verify nowhere.onnx", "nowhere.onnx")]
    [TestCase("inspect nowhere.pth", "nowhere.pth")]
    [TestCase("verify net.onnx --size 0", "--size")]
    [TestCase("verify net.onnx --tolerance -1", "--tolerance")]
    [TestCase("verify net.onnx --tolerance x", "--tolerance")]
    [TestCase("explain --model resnet18 --text a", "--image")]
    [TestCase("explain --model x --text a --weights y", "--weights")]
    [TestCase("frobnicate", "frobnicate")]
    public void ArgumentsThatAreMissingOrUnknownAreNamed(string line, string named) =>
        CommandRun.Refused(line.Split(' '), named);

    private void Refused(params string[] words) => Refused([], words);

    private void Refused(string[] more, params string[] words) =>
        CommandRun.Refused(["explain", "--model", _folder.Path, "--text", "say a", .. more], words);
}
