using System.Text.Json;
using Lrp.Onnx;
using Lrp.Onnx.Errors;

namespace Lrp.Tests.Onnx;

/// <summary>Files that are refused, each by the exception of its kind, whose message names what is wrong.</summary>
[TestFixture]
public sealed class BadOnnxFileTests
{
    private static readonly Dictionary<string, Type> Kinds = new()
    {
        ["format"] = typeof(OnnxFormatException),
        ["graph"] = typeof(OnnxGraphException),
        ["unsupported"] = typeof(OnnxUnsupportedException),
        ["shape"] = typeof(OnnxShapeException),
        ["external"] = typeof(OnnxExternalDataException),
        ["limit"] = typeof(OnnxLimitException),
    };

    [TestCaseSource(nameof(Cases))]
    public void ABadFileIsRefused(string path, string kind, string[] named)
    {
        var kinds = kind.Split(" or ");
        OnnxException? refusal = null;
        try
        {
            using var model = OnnxModel.Load(path);
        }
        catch (OnnxException exception)
        {
            refusal = exception;
        }

        if (refusal is null)
        {
            Assert.That(kinds.Contains("run") || Path.GetFileName(path) == "fused_microsoft.onnx", "the file was read");
            return;
        }

        Assert.That(
            kinds.Where(Kinds.ContainsKey).Select(each => Kinds[each]),
            Does.Contain(refusal.GetType()),
            refusal.Message
        );
        Assert.That(
            named.Where(word => !refusal.Message.Contains(word, StringComparison.Ordinal)),
            Is.Empty,
            refusal.Message
        );
    }

    private static IEnumerable<TestCaseData> Cases()
    {
        foreach (var folder in OnnxFolders.All.Select(each => Path.Combine(each, "bad")).Where(Directory.Exists))
        {
            using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "bad.json")));
            foreach (var file in document.RootElement.GetProperty("files").EnumerateObject())
            {
                string[] named =
                [
                    .. file.Value.GetProperty("message_names").EnumerateArray().Select(word => word.GetString()!),
                ];
                var kind = file.Value.GetProperty("kind").GetString()!;
                yield return new TestCaseData(Path.Combine(folder, $"{file.Name}.onnx"), kind, named).SetName(
                    $"{{m}}({file.Name})"
                );
            }
        }
    }
}
