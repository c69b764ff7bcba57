using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>Determines how many components fit into memory together.</summary>
internal static class MemoryBudget
{
    /// <summary>
    /// While a step is computed, its inputs' and outputs' parts and this many tensors of the output's size are held.
    /// </summary>
    private const double Temporaries = 4;

    private const double Share = 0.5;

    /// <summary>
    /// The size in bytes of a tensor that fits into a core's cache together with a step's other tensors.
    /// </summary>
    private const double Cached = 1 << 20;

    private const long LeastChunk = 8;

    private static double _free;
    private static long _asked = long.MinValue / 2;

    /// <summary>The free bytes that are assumed if the device does not report them.</summary>
    private const double Unknown = 2e9;

    /// <summary>The largest chunk whose parts fit into half of the free memory.</summary>
    public static long Chunk(IReadOnlyList<TapeNode> plan, Device device)
    {
        var each = BytesPerComponent(plan);
        return each == 0 ? long.MaxValue : Math.Max(1, (long)(Share * Free(device) / each));
    }

    /// <summary>
    /// The largest chunk whose tensors stay in the processor's cache; larger tensors are limited by the memory's speed.
    /// Not limited on other devices than the CPU.
    /// </summary>
    public static long CacheChunk(IReadOnlyList<TapeNode> plan, Device device)
    {
        if (device.type != DeviceType.CPU)
        {
            return long.MaxValue;
        }

        var largest = plan.SelectMany(node => node.Outputs)
            .OfType<TrackedValue>()
            .Select(Bytes)
            .DefaultIfEmpty(0)
            .Max();
        return largest == 0 ? long.MaxValue : Math.Max(LeastChunk, (long)(Cached / largest));
    }

    /// <summary>The largest number of bytes held at the same time, for one component.</summary>
    public static double BytesPerComponent(IReadOnlyList<TapeNode> plan)
    {
        var last = new Dictionary<TrackedValue, int>(ReferenceEqualityComparer.Instance);
        for (var k = 0; k < plan.Count; k++)
        {
            foreach (var input in plan[k].Inputs.SelectMany(argument => argument))
            {
                if (input.Tracked is not null)
                {
                    last[input.Tracked] = k;
                }
            }
        }

        var alive = last.Keys.Where(value => value.Producer is null).Sum(Bytes);
        var most = alive;
        for (var k = 0; k < plan.Count; k++)
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
        // A query costs as much as a step of a small network, and the result hardly changes within a second.
        var now = Environment.TickCount64;
        if (device.type == DeviceType.CPU && now - _asked < 1000)
        {
            return _free;
        }

        _free = AskFree(device);
        _asked = now;
        return _free;
    }

    private static double AskFree(Device device)
    {
        if (device.type != DeviceType.CPU)
        {
            return device.type == DeviceType.CUDA ? CudaMemory.Free() ?? Unknown : Unknown;
        }

        const string MemoryFile = "/proc/meminfo";
        if (File.Exists(MemoryFile))
        {
            var line = File.ReadLines(MemoryFile)
                .FirstOrDefault(text => text.StartsWith("MemAvailable:", StringComparison.Ordinal));
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
