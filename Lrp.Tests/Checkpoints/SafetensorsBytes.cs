using System.Buffers.Binary;
using System.Text;

namespace Lrp.Tests.Checkpoints;

/// <summary>Safetensors files written by hand, so that a test can show exactly what is wrong with one.</summary>
internal static class SafetensorsBytes
{
    /// <summary>A file with this header text and so many bytes of data (0, 1, 2, …).</summary>
    public static byte[] File(string header, int dataLength = 0)
    {
        var json = Encoding.UTF8.GetBytes(header);
        byte[] data = [.. Enumerable.Range(0, dataLength).Select(i => (byte)i)];
        return File((ulong)json.Length, json, data);
    }

    /// <summary>A file that claims this header length.</summary>
    public static byte[] File(ulong claimedLength, byte[] json, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, claimedLength);
        return [.. length, .. json, .. data];
    }

    /// <summary>A header entry.</summary>
    public static string Entry(string name, string dtype, string shape, long begin, long end) =>
        $"\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{begin},{end}]}}";
}
