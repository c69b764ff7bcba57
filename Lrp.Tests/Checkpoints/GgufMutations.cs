using System.Globalization;

namespace Lrp.Tests.Checkpoints;

/// <summary>GGUF files with random changes.</summary>
internal static class GgufMutations
{
    private const string CountVariable = "LRP_MUTATIONS";

    // Numbers that tend to be forgotten.
    private static readonly ulong[] Extremes =
    [
        0,
        1,
        0xFF,
        0x7FFFFFFF,
        0x80000000,
        0xFFFFFFFF,
        0x1FFFFFFFFFFFFFFF,
        0x7FFFFFFFFFFFFFFF,
        0x8000000000000000,
        0xFFFFFFFFFFFFFFFF,
    ];

    /// <summary>How many are tried: what the environment variable LRP_MUTATIONS says, or a few.</summary>
    public static int Count(int otherwise) =>
        Environment.GetEnvironmentVariable(CountVariable) is { } wanted
            ? int.Parse(wanted, CultureInfo.InvariantCulture)
            : otherwise;

    /// <summary>A copy in which one to three places are changed, or the end is missing.</summary>
    public static byte[] Mutate(byte[] sound, Random random, int head = 6000)
    {
        var bytes = (byte[])sound.Clone();

        // Most of a file is values, which can be anything; what can be wrong is in front.
        var reach = Math.Min(bytes.Length, random.Next(2) == 0 ? 64 : head);
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var at = random.Next(reach);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    var number = BitConverter.GetBytes(Extremes[random.Next(Extremes.Length)]);
                    number.AsSpan(0, Math.Min(number.Length, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                    break;
                default:
                    var length = Math.Min(random.Next(1, 40), bytes.Length - at);
                    bytes.AsSpan(random.Next(bytes.Length - length), length).ToArray().CopyTo(bytes, at);
                    break;
            }
        }

        return random.Next(5) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }
}
