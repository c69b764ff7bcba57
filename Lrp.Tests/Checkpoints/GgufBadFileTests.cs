using System.Text.Json;
using Lrp.Checkpoints;

namespace Lrp.Tests.Checkpoints;

/// <summary>Every bad file is refused by the exception of its kind, which names what is wrong.</summary>
[TestFixture]
public sealed class GgufBadFileTests
{
    private const string FoldersVariable = "LRP_GOLDEN";

    private static readonly Dictionary<string, Type> Exceptions = new()
    {
        ["format"] = typeof(GgufFormatException),
        ["unsupported"] = typeof(GgufUnsupportedException),
        ["limit"] = typeof(GgufLimitException),
    };

    private static IEnumerable<TestCaseData> Files()
    {
        var more = (Environment.GetEnvironmentVariable(FoldersVariable) ?? "").Split(
            Path.PathSeparator,
            StringSplitOptions.RemoveEmptyEntries
        );
        foreach (
            var list in more.Prepend(GgufFiles.Folder)
                .SelectMany(folder => Directory.EnumerateFiles(folder, "bad.json", SearchOption.AllDirectories))
        )
        {
            using var document = JsonDocument.Parse(File.ReadAllText(list));
            foreach (var row in document.RootElement.GetProperty("files").EnumerateObject())
            {
                var path = Path.Combine(Path.GetDirectoryName(list)!, row.Name + ".gguf");
                if (File.Exists(path))
                {
                    string[] names =
                    [
                        .. row.Value.GetProperty("message_names").EnumerateArray().Select(name => name.GetString()!),
                    ];
                    yield return new TestCaseData(path, row.Value.GetProperty("kind").GetString(), names).SetName(
                        $"{{m}}({row.Name})"
                    );
                }
            }
        }
    }

    // The files whose names begin with model- and tokenizer- are sound; what they hold is no model.
    private static IEnumerable<TestCaseData> DamagedFiles() => Files().Where(row => !IsModel(row));

    private static IEnumerable<TestCaseData> ModelFiles() => Files().Where(IsModel);

    [TestCaseSource(nameof(DamagedFiles))]
    public void ADamagedFileIsRefused(string path, string kind, string[] names)
    {
        var error = Catch(path);
        if (error is null)
        {
            Assert.That(kind, Does.Contain("or read"), "it was read");
            return;
        }

        Assert.That(error, Is.TypeOf(Exceptions[kind.Split(' ')[0]]), error.Message);
        foreach (var name in names)
        {
            Assert.That(error.Message, Does.Contain(name));
        }
    }

    [TestCaseSource(nameof(ModelFiles))]
    public void ASoundFileThatIsNoModelIsReadAsAFile(string path, string kind, string[] names) =>
        Assert.That(Catch(path), Is.Null);

    private static Exception? Catch(string path)
    {
        try
        {
            using var file = GgufFile.Open(path);
            foreach (var name in file.Names)
            {
                file.ReadTensor(name).Dispose();
            }

            return null;
        }
        catch (GgufException error)
        {
            return error;
        }
    }

    private static bool IsModel(TestCaseData row) =>
        Path.GetFileName((string)row.Arguments[0]!) is var name
        && (
            name.StartsWith("model-", StringComparison.Ordinal)
            || name.StartsWith("tokenizer-", StringComparison.Ordinal)
        );
}
