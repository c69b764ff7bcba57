using System.Diagnostics;

namespace Lrp.Tests.Examples;

/// <summary>An example program, run as a user runs it whose output goes to a file.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote.</param>
/// <param name="Error">What it complained of.</param>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>Runs a program in a folder.</summary>
    /// <param name="name">The program.</param>
    /// <param name="folder">The working folder.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ProgramRun Of(string name, string folder, params string[] arguments)
    {
        // The same kind of build as these tests: .../bin/Release/net10.0/
        var bin = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(Repository.Root, "examples", name, "bin", bin.Parent!.Name, bin.Name, name + ".dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Longest))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{name} was still running after {Longest}.");
        }

        return new ProgramRun(process.ExitCode, output.Result, error.Result);
    }
}
