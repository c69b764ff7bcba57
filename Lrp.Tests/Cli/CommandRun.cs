using Lrp.Cli;

namespace Lrp.Tests.Cli;

/// <summary>One command line of <c>lrp</c>, run in this process.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    /// <summary>Runs the command with its arguments.</summary>
    public static CommandRun Of(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var exitCode = Application.Run(arguments, output, error);
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Asserts that bad input is refused with exit code 2 and one sentence, which has some words.</summary>
    public static void Refused(string[] arguments, params string[] words)
    {
        var run = Of(arguments);
        using var all = Assert.EnterMultipleScope();
        Assert.That(run.ExitCode, Is.EqualTo(2), run.Output + run.Error);
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Error.TrimEnd('\n').Split('\n'), Has.Length.EqualTo(1));
        foreach (var word in words)
        {
            Assert.That(run.Error, Does.Contain(word));
        }
    }
}
