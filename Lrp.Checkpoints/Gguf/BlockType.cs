using static TorchSharp.torch;

namespace Lrp.Checkpoints.Gguf;

/// <summary>A type of a tensor's elements, which are stored in blocks.</summary>
/// <param name="Name">ggml's name, such as Q4_K.</param>
/// <param name="Elements">The elements of one block.</param>
/// <param name="Bytes">The bytes of one block.</param>
/// <param name="Stored">What the bytes are for libtorch, or null if blocks have to be computed.</param>
/// <param name="Read">Computes the elements of blocks, or null if the bytes are the elements.</param>
internal sealed record BlockType(string Name, int Elements, int Bytes, ScalarType? Stored, BlockReader? Read)
{
    private const int Small = 32;
    private const int Super = 256;

    /// <summary>All types that are read, by their number in a file.</summary>
    public static readonly unsafe IReadOnlyDictionary<uint, BlockType> All = new Dictionary<uint, BlockType>
    {
        [0] = Plain("F32", 4, ScalarType.Float32),
        [1] = Plain("F16", 2, ScalarType.Float16),
        [2] = Blocks("Q4_0", Small, 18, ScaledBlocks.Q4Zero),
        [3] = Blocks("Q4_1", Small, 20, ScaledBlocks.Q4One),
        [6] = Blocks("Q5_0", Small, 22, ScaledBlocks.Q5Zero),
        [7] = Blocks("Q5_1", Small, 24, ScaledBlocks.Q5One),
        [8] = Blocks("Q8_0", Small, 34, ScaledBlocks.Q8Zero),
        [10] = Blocks("Q2_K", Super, 84, SuperBlocks.Q2),
        [11] = Blocks("Q3_K", Super, 110, SuperBlocks.Q3),
        [12] = Blocks("Q4_K", Super, 144, SuperBlocks.Q4),
        [13] = Blocks("Q5_K", Super, 176, SuperBlocks.Q5),
        [14] = Blocks("Q6_K", Super, 210, SuperBlocks.Q6),
        [16] = Blocks("IQ2_XXS", Super, 66, LatticeBlocks.Iq2Xxs),
        [17] = Blocks("IQ2_XS", Super, 74, LatticeBlocks.Iq2Xs),
        [18] = Blocks("IQ3_XXS", Super, 98, LatticeBlocks.Iq3Xxs),
        [19] = Blocks("IQ1_S", Super, 50, ShiftedLatticeBlocks.Iq1S),
        [20] = Blocks("IQ4_NL", Small, 18, TableBlocks.Iq4Nl),
        [21] = Blocks("IQ3_S", Super, 110, LatticeBlocks.Iq3S),
        [22] = Blocks("IQ2_S", Super, 82, LatticeBlocks.Iq2S),
        [23] = Blocks("IQ4_XS", Super, 136, TableBlocks.Iq4Xs),
        [24] = Plain("I8", 1, ScalarType.Int8),
        [25] = Plain("I16", 2, ScalarType.Int16),
        [26] = Plain("I32", 4, ScalarType.Int32),
        [27] = Plain("I64", 8, ScalarType.Int64),
        [28] = Plain("F64", 8, ScalarType.Float64),
        [29] = Blocks("IQ1_M", Super, 56, ShiftedLatticeBlocks.Iq1M),
        [30] = Plain("BF16", 2, ScalarType.BFloat16),
        [34] = Blocks("TQ1_0", Super, 54, TernaryBlocks.Tq1),
        [35] = Blocks("TQ2_0", Super, 66, TernaryBlocks.Tq2),
        [39] = Blocks("MXFP4", Small, 17, TableBlocks.Mxfp4),
        [40] = Blocks("NVFP4", 64, 36, TableBlocks.Nvfp4),
        [41] = Blocks("Q1_0", 128, 18, TernaryBlocks.Q1),
        [42] = Blocks("Q2_0", 64, 18, TernaryBlocks.Q2),
    };

    private static BlockType Plain(string name, int bytes, ScalarType type) => new(name, 1, bytes, type, null);

    private static BlockType Blocks(string name, int elements, int bytes, BlockReader read) =>
        new(name, elements, bytes, null, read);
}
