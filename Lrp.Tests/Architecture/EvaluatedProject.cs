using System.Diagnostics;
using System.Text.Json;

namespace Lrp.Tests.Architecture;

/// <summary>What MSBuild makes of a project file; nothing is restored or built.</summary>
internal static class EvaluatedProject
{
    /// <summary>The names of the packages that a project references.</summary>
    public static string[] Packages(string project, params string[] properties)
    {
        var (exitCode, output) = MsBuild([
            project,
            "-getItem:PackageReference",
            .. properties.Select(property => $"-p:{property}"),
        ]);
        Assert.That(exitCode, Is.Zero, output);
        using var json = JsonDocument.Parse(output);
        return
        [
            .. json
                .RootElement.GetProperty("Items")
                .GetProperty("PackageReference")
                .EnumerateArray()
                .Select(item => item.GetProperty("Identity").GetString()!),
        ];
    }

    /// <summary>Runs <c>dotnet msbuild</c> in the repository's root.</summary>
    public static (int ExitCode, string Output) MsBuild(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["msbuild", .. arguments, "-nodeReuse:false", "-nologo"])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };

        // Where MSBuild itself runs the tests, its own variables would point this one at them.
        foreach (var name in start.Environment.Keys.ToList())
        {
            if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))
            {
                start.Environment.Remove(name);
            }
        }

        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
