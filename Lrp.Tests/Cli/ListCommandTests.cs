using System.Text.Json;

namespace Lrp.Tests.Cli;

/// <summary>Commands that say what there is, and how the shell is helped.</summary>
[TestFixture]
public sealed class ListCommandTests
{
    [Test]
    public void MethodsAreListedWithWhatTheyAreFor()
    {
        var run = CommandRun.Of("methods");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(
            run.Output,
            Does.Match("attnlrp +texts").And.Match("epsilon-plus-flat +images").And.Match("ig +images")
        );
    }

    [Test]
    public void ModelsAreListedWithHowTheyAreGiven()
    {
        using var json = JsonDocument.Parse(CommandRun.Of("models", "--json").Output);
        var names = json
            .RootElement.EnumerateArray()
            .SelectMany(kind => kind.GetProperty("names").EnumerateArray())
            .Select(name => name.GetString());
        Assert.That(names, Is.SupersetOf(new[] { "llama", "bert", "gemma3", "vit", "resnet18", "efficientnet_lite0" }));
    }

    [TestCase("explain --met", "--method")]
    [TestCase("explain --method attn", "attnlrp")]
    [TestCase("insp", "inspect")]
    public void TheShellIsToldWhatCanFollow(string line, string expected)
    {
        var run = CommandRun.Of($"[suggest:{line.Length}]", line);
        Assert.That(run.Output.Split('\n'), Does.Contain(expected));
    }

    [TestCase("bash")]
    [TestCase("zsh")]
    [TestCase("fish")]
    [TestCase("pwsh")]
    public void AShellsScriptAsksTheCommand(string shell) =>
        Assert.That(CommandRun.Of("completions", shell).Output, Does.Contain("[suggest:"));

    [Test]
    public void HelpIsNoError() => Assert.That(CommandRun.Of("explain", "--help").ExitCode, Is.Zero);
}
