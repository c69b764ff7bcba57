using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lrp.Checkpoints.Bytes;
using Lrp.Checkpoints.Gguf;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>Computes the elements of blocks directly into a tensor's memory.</summary>
/// <remarks>
/// On the CPU, float32 is written where it stays, and float64 through a tile that fits the processor's first cache.
/// Other element types and devices get tiles that libtorch converts.
/// </remarks>
internal static unsafe class BlockCopy
{
    private const int SmallTile = 2048;
    private const int LargeTile = 1 << 18;
    private const long PieceElements = 1 << 20;

    /// <summary>Fills a tensor that has as many elements as the blocks.</summary>
    public static void Copy(BlockType type, ByteView blocks, Tensor destination)
    {
        using var gradients = no_grad();
        if (blocks.Length == 0)
        {
            return;
        }

        if (!destination.is_contiguous())
        {
            using var elements = empty(destination.shape, ScalarType.Float32);
            FillDirectly(type, blocks, elements);
            destination.copy_(elements);
        }
        else if (
            destination.device_type == DeviceType.CPU
            && destination.dtype is ScalarType.Float32 or ScalarType.Float64
        )
        {
            FillDirectly(type, blocks, destination);
        }
        else
        {
            FillByTiles(type, blocks, destination);
        }
    }

    private static void FillDirectly(BlockType type, ByteView blocks, Tensor destination)
    {
        var from = blocks.Pointer;
        var to = Start(destination);
        var isDouble = destination.dtype == ScalarType.Float64;
        var count = blocks.Length / type.Bytes;
        var perPiece = PieceElements / type.Elements;
        var pieces = (count + perPiece - 1) / perPiece;
        Parallel.For(
            0,
            pieces,
            new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() },
            piece =>
            {
                var first = piece * perPiece;
                var part = Math.Min(perPiece, count - first);
                var source = from + (first * type.Bytes);
                if (isDouble)
                {
                    ReadDoubles(type, source, (double*)to + (first * type.Elements), part);
                }
                else
                {
                    type.Read!(source, (float*)to + (first * type.Elements), part);
                }
            }
        );
    }

    private static void FillByTiles(BlockType type, ByteView blocks, Tensor destination)
    {
        var tile = (float*)NativeMemory.Alloc(LargeTile, sizeof(float));
        try
        {
            using var flat = destination.view(-1);
            var elements = blocks.Length / type.Bytes * type.Elements;
            for (long done = 0; done < elements; done += LargeTile)
            {
                var part = Math.Min(LargeTile, elements - done);
                var count = part / type.Elements;
                type.Read!(blocks.Pointer + (done / type.Elements * type.Bytes), tile, count);
                using var place = flat.narrow(0, done, part);
                using var values = MemoryTensor.Over((byte*)tile, ScalarType.Float32, [part]);
                place.copy_(values);
            }
        }
        finally
        {
            NativeMemory.Free(tile);
        }
    }

    private static void ReadDoubles(BlockType type, byte* from, double* to, long count)
    {
        var tile = stackalloc float[SmallTile];
        var perTile = SmallTile / type.Elements;
        for (; count > 0; count -= perTile)
        {
            var part = Math.Min(perTile, count);
            type.Read!(from, tile, part);
            from += part * type.Bytes;
            for (var done = 0; done < part * type.Elements; done += Vector128<float>.Count)
            {
                var (low, high) = Vector128.Widen(Vector128.Load(tile + done));
                low.Store(to);
                high.Store(to + Vector128<double>.Count);
                to += Vector128<float>.Count;
            }
        }
    }

    // A span of all of a tensor may be longer than a span can be.
    private static void* Start(Tensor tensor)
    {
        using var flat = tensor.view(-1);
        using var first = flat.narrow(0, 0, 1);
        fixed (byte* start = first.bytes)
        {
            return start;
        }
    }
}
