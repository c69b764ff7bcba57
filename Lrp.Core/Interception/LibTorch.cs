using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Lrp.Core.Interception;

/// <summary>A libtorch that this process has loaded.</summary>
/// <param name="Version">Its version, such as 2.10.0; "of unknown version" where it does not tell.</param>
/// <param name="Path">The file of its library <c>torch_cpu</c>.</param>
internal sealed record LibTorch(string Version, string Path)
{
    /// <summary>
    /// The libtorch of this process. Where there are several, one of another version than the first is returned.
    /// </summary>
    public static unsafe LibTorch InThisProcess()
    {
        using var process = Process.GetCurrentProcess();
        var all = process
            .Modules.Cast<ProcessModule>()
            .Select(module => module.FileName)
            .Where(path => System.IO.Path.GetFileNameWithoutExtension(path) is "torch_cpu" or "libtorch_cpu")
            .Distinct()
            .Select(path => new LibTorch(VersionOf(path), path))
            .ToList();
        return all.Find(other => other.Version != all[0].Version)
            ?? all.FirstOrDefault()
            ?? new LibTorch("of unknown version", "no file torch_cpu");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Version} ({Path})";

    // libtorch 2.9 and later: 8 bits each for major, minor and patch number, from the top.
    private static unsafe string VersionOf(string path)
    {
        if (!NativeLibrary.TryLoad(path, out var library))
        {
            return "of unknown version";
        }

        try
        {
            if (!NativeLibrary.TryGetExport(library, "aoti_torch_abi_version", out var export))
            {
                return "before 2.9";
            }

            var bits = ((delegate* unmanaged<ulong>)export)();
            return $"{bits >> 56}.{(bits >> 48) & 255}.{(bits >> 40) & 255}";
        }
        finally
        {
            NativeLibrary.Free(library);
        }
    }
}
