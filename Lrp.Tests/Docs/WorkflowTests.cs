using System.Diagnostics;
using System.Text.RegularExpressions;
using YamlDotNet.Serialization;

namespace Lrp.Tests.Docs;

/// <summary>The form of the workflows of the public CI, and that ./lrp has the commands that they call.</summary>
[TestFixture]
public sealed partial class WorkflowTests
{
    private static readonly string[] Platforms = ["linux-x64", "osx-arm64", "win-x64", "win-arm64"];

    private static IEnumerable<string> Workflows() =>
        Directory
            .GetFiles(Path.Combine(Repository.Root, ".github", "workflows"))
            .Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Workflows))]
    public void AWorkflowHasANameATriggerAndTheLeastPermissions(string workflow)
    {
        var read = Read(workflow);
        Assert.That(read.Keys, Is.SupersetOf(new[] { "name", "on", "permissions", "jobs" }));
    }

    [TestCaseSource(nameof(Workflows))]
    public void AJobCallsAWorkflowThatExistsOrRunsOnAMachineForALimitedTime(string workflow)
    {
        foreach (var (name, job) in Jobs(workflow))
        {
            if (job.TryGetValue("uses", out var other))
            {
                Assert.That(Path.Combine(Repository.Root, (string)other), Does.Exist, name);
                continue;
            }

            Assert.That(job.Keys, Is.SupersetOf(new[] { "runs-on", "timeout-minutes", "steps" }), name);
        }
    }

    [TestCaseSource(nameof(Workflows))]
    public void AStepEitherRunsOrUsesAnActionOfAFixedVersion(string workflow)
    {
        foreach (var step in Steps(workflow))
        {
            Assert.That(step.ContainsKey("run") ^ step.ContainsKey("uses"), Is.True, string.Join(", ", step.Keys));
            if (step.TryGetValue("uses", out var action))
            {
                Assert.That((string)action, Does.Match(@"^[\w-]+/[\w-]+@v\d+$"));
            }
        }
    }

    [TestCaseSource(nameof(Workflows))]
    public void WhatAStepRunsOfThisRepositoryIsACommandOfTheScript(string workflow)
    {
        var script = File.ReadAllText(Path.Combine(Repository.Root, "lrp"));
        var called = Steps(workflow)
            .Where(step => step.ContainsKey("run"))
            .SelectMany(step => Call().Matches((string)step["run"]))
            .Select(match => match.Groups[1].Value);
        foreach (var command in called)
        {
            Assert.That(script, Does.Match($@"(?m)^  {command}\) "), workflow);
            Assert.That(script, Does.Match($@"(?m)^\./lrp {command}\b"), "./lrp help does not list it");
        }
    }

    [Test]
    public void NativesAreBuiltForThePlatformsThatHaveAPackage()
    {
        var strategy = (Dictionary<object, object>)Jobs("natives.yml").Single().Job["strategy"];
        var include = (List<object>)((Dictionary<object, object>)strategy["matrix"])["include"];
        var built = include.Select(entry => (string)((Dictionary<object, object>)entry)["rid"]);
        var packages = Directory
            .GetDirectories(Path.Combine(Repository.Root, "packages"), "Lrp.Native.*")
            .Select(folder => Path.GetFileName(folder)["Lrp.Native.".Length..]);
        using var all = Assert.EnterMultipleScope();
        Assert.That(built, Is.EquivalentTo(Platforms));
        Assert.That(packages, Is.EquivalentTo(Platforms));
    }

    [Test]
    [Platform(Exclude = "Win")]
    public void TheNotesOfAReleaseAreItsSectionOfTheChangelog()
    {
        var start = new ProcessStartInfo("bash", ["lrp", "notes", "99.0.0"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var notes = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var changelog = File.ReadAllText(Path.Combine(Repository.Root, "CHANGELOG.md"));
        using var all = Assert.EnterMultipleScope();
        Assert.That(process.ExitCode, Is.Zero);
        Assert.That(notes, Does.StartWith("### "));
        Assert.That(changelog, Does.Contain($"## Unreleased\n\n{notes.TrimEnd()}"));
    }

    private static Dictionary<object, object> Read(string workflow) =>
        new DeserializerBuilder()
            .Build()
            .Deserialize<Dictionary<object, object>>(
                File.ReadAllText(Path.Combine(Repository.Root, ".github", "workflows", workflow))
            );

    private static IEnumerable<(string Name, Dictionary<object, object> Job)> Jobs(string workflow) =>
        ((Dictionary<object, object>)Read(workflow)["jobs"]).Select(entry =>
            ((string)entry.Key, (Dictionary<object, object>)entry.Value)
        );

    private static IEnumerable<Dictionary<object, object>> Steps(string workflow) =>
        Jobs(workflow)
            .Where(entry => entry.Job.ContainsKey("steps"))
            .SelectMany(entry => (List<object>)entry.Job["steps"])
            .Cast<Dictionary<object, object>>();

    [GeneratedRegex(@"\./lrp ([\w-]+)")]
    private static partial Regex Call();
}
