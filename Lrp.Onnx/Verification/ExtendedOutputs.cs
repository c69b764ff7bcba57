using System.Text;

namespace Lrp.Onnx.Verification;

/// <summary>A model's bytes with more outputs.</summary>
internal static class ExtendedOutputs
{
    /// <summary>
    /// Adds outputs. A message that a protocol buffer has twice is one message with the fields of both, so that it is
    /// enough to append a graph that has nothing but outputs.
    /// </summary>
    /// <param name="model">The file.</param>
    /// <param name="names">Names of values.</param>
    public static byte[] Add(byte[] model, IEnumerable<string> names)
    {
        var graph = names.SelectMany(name => Field(12, Field(1, Encoding.UTF8.GetBytes(name)))).ToArray();
        return [.. model, .. Field(7, graph)];
    }

    private static byte[] Field(int number, byte[] content) =>
        [.. Varint((uint)((number << 3) | 2)), .. Varint((uint)content.Length), .. content];

    private static IEnumerable<byte> Varint(uint value)
    {
        while (value > 0x7F)
        {
            yield return (byte)(value | 0x80);
            value >>= 7;
        }

        yield return (byte)value;
    }
}
