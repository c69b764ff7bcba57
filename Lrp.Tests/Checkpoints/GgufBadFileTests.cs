using Lrp.Checkpoints;

namespace Lrp.Tests.Checkpoints;

/// <summary>Every bad file is refused by the exception of its kind, which names what is wrong.</summary>
[TestFixture]
public sealed class GgufBadFileTests
{
    private static IEnumerable<TestCaseData> DamagedFiles() => GgufFiles.Bad(ofModels: false);

    private static IEnumerable<TestCaseData> ModelFiles() => GgufFiles.Bad(ofModels: true);

    [TestCaseSource(nameof(DamagedFiles))]
    public void ADamagedFileIsRefused(string path, string kind, string[] names) =>
        GgufFiles.AssertRefused(() => ReadAll(path), kind, names);

    [TestCaseSource(nameof(ModelFiles))]
    public void ASoundFileThatIsNoModelIsReadAsAFile(string path, string kind, string[] names) =>
        Assert.That(() => ReadAll(path), Throws.Nothing);

    private static void ReadAll(string path)
    {
        using var file = GgufFile.Open(path);
        foreach (var name in file.Names)
        {
            file.ReadTensor(name).Dispose();
        }
    }
}
