using System.Diagnostics;
using System.Globalization;

namespace Lrp.Benchmarks;

/// <summary>The most memory a process had, native memory included; a process for each number, since freed memory stays with a process.</summary>
internal static class PeakMemory
{
    public const string ChildCommand = "peak-memory-of";

    /// <summary>Bytes; the system's own account of this process.</summary>
    public static long OfThisProcess()
    {
        const string field = "VmHWM:";
        if (File.Exists("/proc/self/status"))
        {
            string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(field, StringComparison.Ordinal));
            return 1024 * long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        }

        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>Peak memory in bytes of a process that explains with one composite.</summary>
    public static double InChild(string model, string composite, int batch)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        string assembly = typeof(PeakMemory).Assembly.Location;
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(assembly);
        }

        foreach (string argument in new[] { ChildCommand, model, composite, batch.ToString(CultureInfo.InvariantCulture) })
        {
            start.ArgumentList.Add(argument);
        }

        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? double.Parse(output.Trim().Split('\n')[^1], CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"{model} with {composite} failed in a process of its own: {output}");
    }
}
