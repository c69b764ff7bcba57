using System.Runtime.InteropServices;

namespace Lrp.Torch.Interop;

/// <summary>
/// Memory for the lists of one <see cref="Call"/>. It is carved from a block that each thread keeps, so that
/// calls with short lists (nearly all) allocate nothing; calls may nest.
/// </summary>
internal unsafe struct Scratch
{
    [ThreadStatic] private static Block? t_block;

    private int _taken;
    private List<IntPtr>? _large;

    /// <summary>Uninitialized memory that lives until <see cref="Release"/>.</summary>
    internal byte* Take(int bytes)
    {
        bytes = (bytes + 15) & ~15;
        Block block = t_block ??= new Block();
        if (bytes > Block.Size - block.Used)
        {
            byte* memory = (byte*)NativeMemory.Alloc((nuint)Math.Max(bytes, 16));
            (_large ??= []).Add((IntPtr)memory);
            return memory;
        }

        byte* start = block.Memory + block.Used;
        block.Used += bytes;
        _taken += bytes;
        return start;
    }

    internal void Release()
    {
        if (_taken > 0)
        {
            t_block!.Used -= _taken;
            _taken = 0;
        }

        if (_large is not null)
        {
            foreach (IntPtr memory in _large)
            {
                NativeMemory.Free((void*)memory);
            }

            _large = null;
        }
    }

    /// <summary>One thread's block; freed when the thread is gone.</summary>
    private sealed class Block
    {
        internal const int Size = 64 * 1024;
        internal readonly byte* Memory = (byte*)NativeMemory.Alloc(Size);
        internal int Used;

        ~Block() => NativeMemory.Free(Memory);
    }
}
