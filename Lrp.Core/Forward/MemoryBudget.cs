using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>How many components fit into memory at once.</summary>
internal static class MemoryBudget
{
    /// <summary>A step holds its inputs' and outputs' parts and a few tensors of the output's size while it works.</summary>
    private const double Temporaries = 4;

    private const double Share = 0.5;

    /// <summary>The size of a tensor that a core keeps near, with its neighbours.</summary>
    private const double Cached = 1 << 20;

    private const long LeastChunk = 8;

    private static double free;
    private static long asked = long.MinValue / 2;

    /// <summary>Bytes used where the device does not tell what is free.</summary>
    private const double Unknown = 2e9;

    /// <summary>The largest chunk whose parts fit into half of the free memory.</summary>
    public static long Chunk(IReadOnlyList<TapeNode> plan, Device device)
    {
        var each = BytesPerComponent(plan);
        return each == 0 ? long.MaxValue : Math.Max(1, (long)(Share * Free(device) / each));
    }

    /// <summary>
    /// The largest chunk whose tensors stay in a processor's cache; larger ones spend their time fetching memory.
    /// Devices with kernels of their own want all they can get.
    /// </summary>
    public static long CacheChunk(IReadOnlyList<TapeNode> plan, Device device)
    {
        if (device.type != DeviceType.CPU)
        {
            return long.MaxValue;
        }

        var largest = plan.SelectMany(node => node.Outputs).OfType<TrackedValue>().Select(Bytes).DefaultIfEmpty(0).Max();
        return largest == 0 ? long.MaxValue : Math.Max(LeastChunk, (long)(Cached / largest));
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
        // Asking costs as much as a small network's step, and nothing much changes within a second.
        var now = Environment.TickCount64;
        if (device.type == DeviceType.CPU && now - asked < 1000)
        {
            return free;
        }

        free = AskFree(device);
        asked = now;
        return free;
    }

    private static double AskFree(Device device)
    {
        if (device.type != DeviceType.CPU)
        {
            return device.type == DeviceType.CUDA ? CudaMemory.Free() ?? Unknown : Unknown;
        }

        const string Linux = "/proc/meminfo";
        if (File.Exists(Linux))
        {
            var line = File.ReadLines(Linux).FirstOrDefault(text => text.StartsWith("MemAvailable:", StringComparison.Ordinal));
            var number = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(1);
            if (double.TryParse(number, CultureInfo.InvariantCulture, out var kilobytes))
            {
                return kilobytes * 1024;
            }
        }

        var memory = GC.GetGCMemoryInfo();
        return Math.Max(Unknown, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes);
    }
}
