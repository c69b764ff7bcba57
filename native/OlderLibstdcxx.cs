using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Sets the flag VER_FLG_WEAK on a symbol version that a 64-bit ELF library needs, where this machine's libstdc++ lacks
/// that version: the dynamic loader then accepts its absence. See OlderLibstdcxx.targets for why.
/// </summary>
public class MakeSymbolVersionOptional : Task
{
    private const int SectionHeaderOffset = 0x28, SectionHeaderSize = 0x3A, SectionCount = 0x3C;
    private const uint VersionNeeds = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort Weak = 2;                // VER_FLG_WEAK

    /// <summary>The library.</summary>
    [Required]
    public string File { get; set; } = "";

    /// <summary>The symbol version.</summary>
    [Required]
    public string Version { get; set; } = "";

    /// <inheritdoc/>
    public override bool Execute()
    {
        if (MachineHas(Version))
        {
            return true;
        }

        var image = System.IO.File.ReadAllBytes(File);
        if (!MarkWeak(image))
        {
            return true;
        }

        // Written anew: the file may be a hard link to the package's. Its time stays, so that a later build finds it up to date.
        var time = System.IO.File.GetLastWriteTimeUtc(File);
        var temporary = File + "." + Guid.NewGuid().ToString("N");
        System.IO.File.WriteAllBytes(temporary, image);
        System.IO.File.SetLastWriteTimeUtc(temporary, time);
        System.IO.File.Delete(File);
        System.IO.File.Move(temporary, File);
        Log.LogMessage(MessageImportance.Normal, $"This machine's libstdc++ lacks {Version}; {Path.GetFileName(File)} was told to do without.");
        return true;
    }

    /// <summary>Whether the libstdc++ that this very process uses defines a version.</summary>
    private static bool MachineHas(string version)
    {
        var library = System.IO.File.ReadLines("/proc/self/maps")
            .Select(line => line.Substring(line.LastIndexOf(' ') + 1))
            .FirstOrDefault(path => Path.GetFileName(path).StartsWith("libstdc++.so", StringComparison.Ordinal));
        return library == null || Encoding.ASCII.GetString(System.IO.File.ReadAllBytes(library)).IndexOf(version + "\0", StringComparison.Ordinal) >= 0;
    }

    private bool MarkWeak(byte[] image)
    {
        var headers = (int)U64(image, SectionHeaderOffset);
        for (var section = 0; section < U16(image, SectionCount); section++)
        {
            var header = headers + (section * U16(image, SectionHeaderSize));
            if (U32(image, header + 4) != VersionNeeds)
            {
                continue;
            }

            var names = (int)U64(image, headers + ((int)U32(image, header + 0x28) * U16(image, SectionHeaderSize)) + 0x18);
            var changed = false;
            var need = (int)U64(image, header + 0x18);
            for (var count = U32(image, header + 0x2C); count > 0; count--)
            {
                var version = need + (int)U32(image, need + 8);
                for (var left = U16(image, need + 2); left > 0; left--)
                {
                    if (Text(image, names + (int)U32(image, version + 8)) == Version && U16(image, version + 4) != Weak)
                    {
                        image[version + 4] = (byte)Weak;
                        changed = true;
                    }

                    version += (int)U32(image, version + 12);
                }

                need += (int)U32(image, need + 12);
            }

            return changed;
        }

        return false;
    }

    private static string Text(byte[] image, int start) => Encoding.ASCII.GetString(image, start, Array.IndexOf(image, (byte)0, start) - start);

    private static ushort U16(byte[] image, int at) => BitConverter.ToUInt16(image, at);

    private static uint U32(byte[] image, int at) => BitConverter.ToUInt32(image, at);

    private static ulong U64(byte[] image, int at) => BitConverter.ToUInt64(image, at);
}
