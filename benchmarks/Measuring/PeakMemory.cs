using System.Diagnostics;
using System.Globalization;
using Lrp.Benchmarks.Cases;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Measuring;

/// <summary>
/// The most resident memory a process had, native memory included. Freed memory stays with a process, so every number
/// comes from a process of its own, which sets up the group, makes one case ready and runs it three times.
/// </summary>
internal static class PeakMemory
{
    /// <summary>The command of this program that such a process is started with: group, case, threads.</summary>
    public const string Command = "peak-memory";

    private const int Runs = 3;

    /// <summary>What such a process does; the last line that it prints is its peak memory in bytes.</summary>
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
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
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
        const string status = "/proc/self/status", field = "VmHWM:";
        if (File.Exists(status))
        {
            var line = File.ReadLines(status).First(line => line.StartsWith(field, StringComparison.Ordinal));
            var kilobytes = line[field.Length..].Replace("kB", "", StringComparison.Ordinal);
            return 1024 * long.Parse(kilobytes, CultureInfo.InvariantCulture);
        }

        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
