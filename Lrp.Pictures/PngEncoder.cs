using System.Buffers.Binary;
using System.IO.Compression;

namespace Lrp.Pictures;

/// <summary>Writes a picture as PNG (ISO/IEC 15948).</summary>
/// <remarks>
/// The framework has no image encoder of its own on every system, and a picture library would be the only large dependency
/// of this one. PNG needs little: three chunks with a checksum each, the rows compressed with zlib, which the framework has.
/// </remarks>
internal static class PngEncoder
{
    private const byte BitDepth = 8;
    private const byte ColorTypeRgb = 2;
    private const byte FilterSub = 1;
    private const int BytesPerPixel = 3;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    public static byte[] Encode(Picture picture)
    {
        using var png = new MemoryStream();
        png.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, picture.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], picture.Height);
        header[8] = BitDepth;
        header[9] = ColorTypeRgb;
        header[10..].Clear(); // deflate, the five filters, not interlaced
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, Compress(picture));
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static byte[] Compress(Picture picture)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize))
        {
            byte[] line = new byte[1 + (picture.Width * BytesPerPixel)];
            for (int y = 0; y < picture.Height; y++)
            {
                FilterRow(picture.Row(y), line);
                zlib.Write(line);
            }
        }

        return compressed.ToArray();
    }

    /// <summary>A row as differences from the pixel to the left, which are zero wherever the colour stays: they compress best.</summary>
    private static void FilterRow(ReadOnlySpan<Rgb> row, Span<byte> line)
    {
        line[0] = FilterSub;
        Rgb left = default;
        int at = 1;
        foreach (Rgb pixel in row)
        {
            line[at++] = (byte)(pixel.R - left.R);
            line[at++] = (byte)(pixel.G - left.G);
            line[at++] = (byte)(pixel.B - left.B);
            left = pixel;
        }
    }

    private static void WriteChunk(Stream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(type, data));
        png.Write(number);
    }
}
