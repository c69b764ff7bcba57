using System.Text.Json;
using CsCheck;

namespace Lrp.Tests.Decomposition;

/// <summary>A random network, its input and how the input is split, as data.</summary>
/// <remarks>Its text is JSON, so that a case a test failed on can be given to that test as it was printed.</remarks>
/// <param name="Shape">The input's shape.</param>
/// <param name="Seed">Torch's seed, for weights, input and regions.</param>
/// <param name="Regions">Whether the input is split by five random masks; else along its last dimension.</param>
/// <param name="Chunk">How many components go through the network at once; null for all.</param>
/// <param name="Operators">The names of the network's operators, in order.</param>
public sealed record NetworkCase(long[] Shape, int Seed, bool Regions, long? Chunk, string[] Operators)
{
    /// <summary>Cases of all kinds. A smaller one has fewer operators.</summary>
    public static Gen<NetworkCase> Random { get; } =
        Gen.Select(
            Gen.OneOf(
                Gen.Long[4, 9].Select(width => new[] { 2, width }),
                Gen.Select(Gen.Long[1, 3], Gen.Long[6, 9], Gen.Long[6, 9])
                    .Select((channels, height, width) => new[] { 2, channels, height, width }),
                Gen.Long[3, 6].Select(words => new[] { 2, words, 4 })
            ),
            Gen.Int[0, 9999],
            Gen.Bool,
            Gen.Bool,
            Gen.Select(Gen.Int[0, 2], Gen.Int[0, 9999]).Array[1, 8],
            (shape, seed, regions, chunked, choices) =>
                new NetworkCase(shape, seed, regions, chunked ? 2 : null, Choose(shape, choices))
        );

    /// <summary>A case from its text.</summary>
    public static NetworkCase Parse(string text) => JsonSerializer.Deserialize<NetworkCase>(text)!;

    /// <inheritdoc/>
    public override string ToString() => JsonSerializer.Serialize(this);

    private static string[] Choose(long[] shape, (int Kind, int Index)[] choices)
    {
        var names = new string[choices.Length];
        for (var k = 0; k < names.Length; k++)
        {
            var fitting = NetworkOperator.Kinds[choices[k].Kind].Where(candidate => candidate.Fits(shape)).ToArray();
            var chosen = fitting[choices[k].Index % fitting.Length];
            names[k] = chosen.Name;
            shape = chosen.After(shape);
        }

        return names;
    }
}
