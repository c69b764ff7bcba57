using System.Diagnostics;
using System.Globalization;
using Lrp.Benchmarks.Cases;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Measuring;

/// <summary>
/// The peak resident memory of a process, native memory included. A process keeps memory that was freed, so every
/// number comes from a new process, which sets up the group, prepares one case and runs it three times.
/// </summary>
internal static class PeakMemory
{
    /// <summary>
    /// The command that starts such a process of this program, with the arguments group, case and threads.
    /// </summary>
    public const string Command = "peak-memory";

    private const int Runs = 3;

    /// <summary>Runs in such a process; the last line that it prints is its peak memory in bytes.</summary>
    public static void OfThisProcess(Group group, string name, int threads)
    {
        set_num_threads(threads);
        using (var subject = group.Prepare())
        using (var visit = subject.Open(name))
        {
            for (var k = 0; k < Runs; k++)
            {
                visit.Run();
            }
        }

        Console.WriteLine(Bytes().ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Starts a process for one case.</summary>
    /// <returns>Its peak memory in bytes.</returns>
    /// <exception cref="InvalidOperationException">The process failed.</exception>
    public static double InChild(Group group, string name, int threads)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(PeakMemory).Assembly.Location);
        }

        string[] arguments = [Command, group.Name, name, threads.ToString(CultureInfo.InvariantCulture)];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var child = Process.Start(start)!;
        var output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? double.Parse(output.Trim().Split('\n')[^1], CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"{group.Name}, {name}: measuring its peak memory failed: {output}");
    }

    private static long Bytes()
    {
        const string Status = "/proc/self/status",
            Field = "VmHWM:";
        if (File.Exists(Status))
        {
            var line = File.ReadLines(Status).First(line => line.StartsWith(Field, StringComparison.Ordinal));
            var kilobytes = line[Field.Length..].Replace("kB", "", StringComparison.Ordinal);
            return 1024 * long.Parse(kilobytes, CultureInfo.InvariantCulture);
        }

        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
