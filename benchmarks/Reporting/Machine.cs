using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Lrp.Benchmarks.Reporting;

/// <summary>The machine on which a run took place.</summary>
/// <param name="Processor">The processor's name.</param>
/// <param name="Processors">The number of logical processors that this process may use.</param>
/// <param name="System">The operating system and the architecture.</param>
/// <param name="Threads">The number of libtorch's threads.</param>
/// <param name="LibTorch">libtorch's version.</param>
/// <param name="TorchSharp">TorchSharp's version.</param>
/// <param name="DotNet">The version of the .NET runtime.</param>
/// <param name="Load">
/// The number of runnable programs, averaged over the last minute; null if the system does not report it.
/// </param>
internal sealed record Machine(
    string Processor,
    int Processors,
    string System,
    int Threads,
    string LibTorch,
    string TorchSharp,
    string DotNet,
    double? Load
)
{
    /// <summary>This machine.</summary>
    /// <param name="threads">The number of libtorch's threads.</param>
    public static Machine This(int threads) =>
        new(
            FirstLine("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
            Environment.ProcessorCount,
            $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}",
            threads,
            Version.Parse(torch.__version__).ToString(3),
            VersionOf(typeof(torch)),
            RuntimeInformation.FrameworkDescription,
            File.Exists("/proc/loadavg")
                ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture)
                : null
        );

    /// <summary>Whether other programs use the processors, so that wall time is not reliable.</summary>
    public bool IsBusy => Load > Processors / 2.0;

    /// <summary>A description of the machine in one line.</summary>
    public override string ToString() =>
        $"{Processor}, {Processors} processors, {System}; {ThreadsText(Threads)}; "
        + $"libtorch {LibTorch}, TorchSharp {TorchSharp}, {DotNet}"
        + (Load is { } load ? string.Create(CultureInfo.InvariantCulture, $"; load {load:F1} at the start") : "");

    /// <summary>The number of threads as text.</summary>
    public static string ThreadsText(int threads) => threads == 1 ? "1 thread" : $"{threads} threads";

    private static string? FirstLine(string path, string field)
    {
        var lines = File.Exists(path) ? File.ReadLines(path) : [];
        return lines.FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
    }

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
