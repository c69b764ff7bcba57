using System.Runtime.Intrinsics;
using Lrp.Checkpoints.Bytes;
using Lrp.Checkpoints.Gguf;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>Computes the elements of blocks directly into a tensor's memory.</summary>
/// <remarks>
/// On the CPU, float32 is written where it stays, and float64 through a tile that fits the processor's first cache. For
/// other element types and devices the elements are computed first and then converted.
/// </remarks>
internal static unsafe class BlockCopy
{
    private const int TileElements = 2048;
    private const long PieceElements = 1 << 20;

    /// <summary>Fills a tensor that has as many elements as the blocks.</summary>
    public static void Copy(BlockType type, ByteView blocks, Tensor destination)
    {
        if (blocks.Length == 0)
        {
            return;
        }

        var direct =
            destination.device_type == DeviceType.CPU
            && destination.is_contiguous()
            && destination.dtype is ScalarType.Float32 or ScalarType.Float64;
        if (direct)
        {
            Fill(type, blocks, destination);
            return;
        }

        using var gradients = no_grad();
        using var elements = empty(destination.shape, ScalarType.Float32);
        Fill(type, blocks, elements);
        destination.copy_(elements);
    }

    private static void Fill(BlockType type, ByteView blocks, Tensor destination)
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

    private static void ReadDoubles(BlockType type, byte* from, double* to, long count)
    {
        var tile = stackalloc float[TileElements];
        var perTile = TileElements / type.Elements;
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

    private static void* Start(Tensor tensor)
    {
        // A span of all of it may be longer than a span can be.
        using var first = tensor.view(-1).narrow(0, 0, 1);
        fixed (byte* start = first.bytes)
        {
            return start;
        }
    }
}
