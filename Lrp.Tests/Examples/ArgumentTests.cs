namespace Lrp.Tests.Examples;

/// <summary>What every example does with its arguments.</summary>
[TestFixture]
public sealed class ArgumentTests
{
    public static IEnumerable<string> Programs =>
        [
            .. File.ReadAllLines(Path.Combine(Repository.Root, "examples", "demo.list")).Where(name => name.Length > 0),
            "TrainDigits",
            "TrainText",
        ];

    [TestCaseSource(nameof(Programs))]
    public void HelpSaysWhatTheProgramDoesAndListsItsArguments(string program)
    {
        using var folder = new TemporaryFolder();
        var run = ProgramRun.Of(program, folder.Path, "--help");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Output, Does.Contain("--out <DIR>").And.Contain("Description"));
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path), Is.Empty);
    }

    [TestCaseSource(nameof(Programs))]
    public void AnArgumentThatIsNotKnownIsRefusedInOneSentence(string program)
    {
        using var folder = new TemporaryFolder();
        Refused(ProgramRun.Of(program, folder.Path, "--quick"), "--quick");
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path), Is.Empty);
    }

    [Test]
    public void FilesGoToTheFolderThatIsGivenWhichIsMade()
    {
        using var folder = new TemporaryFolder();
        var run = ProgramRun.Of("RegisterAndBackward", folder.Path, "--out", Path.Combine("a", "b"));
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(File.Exists(folder.Of("a", "b", "register-and-backward.png")), Is.True);
        Assert.That(Directory.GetFiles(folder.Of("a", "b")), Has.Length.EqualTo(2));
        Assert.That(run.Output, Does.Not.Contain('\u001b').And.Contain(folder.Of("a", "b")));
    }

    [Test]
    public void AFolderThatCannotBeWrittenToIsRefusedBeforeAnythingIsComputed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Of("file"), string.Empty);
        Refused(ProgramRun.Of("SwapRules", folder.Path, "--out", "file"), "'file'");
        Refused(ProgramRun.Of("SwapRules", folder.Path, "--out", Path.Combine("file", "inner")), "--out");
        Refused(ProgramRun.Of("SwapRules", folder.Path, "--out", ""), "--out");
        Refused(ProgramRun.Of("SwapRules", folder.Path, "--out"), "--out");
        Refused(ProgramRun.Of("SwapRules", folder.Path, "--out", "a", "--out", "b"), "--out");
    }

    /// <summary>Exit code 2 and one line that names what is wrong.</summary>
    internal static void Refused(ProgramRun run, string named)
    {
        Assert.That(run.ExitCode, Is.EqualTo(2), run.Output + run.Error);
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(run.Error, Does.Contain(named));
    }
}
