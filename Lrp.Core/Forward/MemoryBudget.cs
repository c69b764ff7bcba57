using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>How many components fit into memory at once.</summary>
internal static class MemoryBudget
{
    /// <summary>A step holds its inputs' and outputs' parts and a few tensors of the output's size while it works.</summary>
    private const double Temporaries = 4;

    private const double Share = 0.5;

    /// <summary>Bytes used where the device does not tell what is free.</summary>
    private const double Unknown = 2e9;

    /// <summary>The largest chunk whose parts fit into half of the free memory.</summary>
    public static long Chunk(IReadOnlyList<TapeNode> plan, Device device)
    {
        var each = BytesPerComponent(plan);
        return each == 0 ? long.MaxValue : Math.Max(1, (long)(Share * Free(device) / each));
    }

    /// <summary>The most bytes alive at once, for one component.</summary>
    public static double BytesPerComponent(IReadOnlyList<TapeNode> plan)
    {
        var last = new Dictionary<TrackedValue, int>(ReferenceEqualityComparer.Instance);
        for (var k = 0; k < plan.Count; ++k)
        {
            foreach (var input in plan[k].Inputs.SelectMany(argument => argument))
            {
                if (input.Tracked is not null)
                {
                    last[input.Tracked] = k;
                }
            }
        }

        double alive = last.Keys.Where(value => value.Producer is null).Sum(Bytes);
        double most = alive;
        for (var k = 0; k < plan.Count; ++k)
        {
            var made = plan[k].Outputs.Where(output => output is not null).Sum(output => Bytes(output!));
            alive += made;
            most = Math.Max(most, alive + Temporaries * made);
            alive -= last.Where(entry => entry.Value == k).Sum(entry => Bytes(entry.Key));
        }

        return most;
    }

    private static double Bytes(TrackedValue value) => (double)value.Value.numel() * value.Value.element_size();

    private static double Free(Device device)
    {
        if (device.type != DeviceType.CPU)
        {
            return Unknown;
        }

        const string Linux = "/proc/meminfo";
        if (File.Exists(Linux))
        {
            var line = File.ReadLines(Linux).FirstOrDefault(text => text.StartsWith("MemAvailable:", StringComparison.Ordinal));
            var number = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1);
            if (double.TryParse(number, out var kilobytes))
            {
                return kilobytes * 1024;
            }
        }

        var memory = GC.GetGCMemoryInfo();
        return Math.Max(Unknown, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes);
    }
}
