namespace Lrp.Checkpoints.Gguf;

/// <summary>Computes the elements of blocks as ggml's <c>dequantize_row</c> functions do, bit for bit.</summary>
/// <param name="from">The first block.</param>
/// <param name="to">Where the elements of the first block go, the others behind them.</param>
/// <param name="count">The number of blocks.</param>
internal unsafe delegate void BlockReader(byte* from, float* to, long count);
