using System.Buffers.Binary;
using System.IO.Compression;
using Lrp.Pictures;

namespace Lrp.Tests.Pictures;

/// <summary>Reads the kind of PNG that the encoder writes, along the standard and not along the encoder.</summary>
internal static class PngReader
{
    public static Picture Read(byte[] png)
    {
        Assert.That(png[..8], Is.EqualTo(new byte[] { 137, 80, 78, 71, 13, 10, 26, 10 }), "signature");
        var idat = new MemoryStream();
        int width = 0;
        int height = 0;
        var types = new List<string>();
        for (int at = 8; at < png.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            string type = System.Text.Encoding.ASCII.GetString(png, at + 4, 4);
            byte[] data = png[(at + 8)..(at + 8 + length)];
            Assert.That(BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)), Is.EqualTo(Crc(png.AsSpan(at + 4, 4 + length))), $"checksum of {type}");
            types.Add(type);
            if (type == "IHDR")
            {
                width = BinaryPrimitives.ReadInt32BigEndian(data);
                height = BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(4));
                Assert.That(data[8..], Is.EqualTo(new byte[] { 8, 2, 0, 0, 0 }), "eight bits, RGB");
            }
            else if (type == "IDAT")
            {
                idat.Write(data);
            }

            at += 12 + length;
        }

        Assert.That(types, Is.EqualTo(new[] { "IHDR", "IDAT", "IEND" }));
        return Unfilter(idat, width, height);
    }

    private static Picture Unfilter(MemoryStream idat, int width, int height)
    {
        idat.Position = 0;
        using var zlib = new ZLibStream(idat, CompressionMode.Decompress);
        var picture = new Picture(width, height);
        byte[] line = new byte[1 + (3 * width)];
        for (int y = 0; y < height; y++)
        {
            zlib.ReadExactly(line);
            for (int i = 4; line[0] == 1 && i < line.Length; i++)
            {
                line[i] += line[i - 3];
            }

            for (int x = 0; x < width; x++)
            {
                picture[x, y] = new Rgb(line[1 + (3 * x)], line[2 + (3 * x)], line[3 + (3 * x)]);
            }
        }

        Assert.That(zlib.ReadByte(), Is.EqualTo(-1), "nothing after the last row");
        return picture;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xffffffff;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
            }
        }

        return crc ^ 0xffffffff;
    }
}
