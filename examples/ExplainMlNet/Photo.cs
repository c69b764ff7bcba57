using Digits;
using Microsoft.ML.Data;

namespace ExplainMlNet;

/// <summary>A row of ML.NET's data: the grey values of a picture of 28 × 28 pixels, from 0 to 255.</summary>
internal sealed class Photo
{
    public const int Pixels = 28 * 28;

    [VectorType(Pixels)]
    public byte[] Bytes { get; set; } = [];
}

/// <summary>What the pipeline makes of a row: the network's input.</summary>
internal sealed class NetworkInput
{
    [ColumnName(DigitModel.Input)]
    [VectorType(Photo.Pixels)]
    public float[] Ink { get; set; } = [];
}
