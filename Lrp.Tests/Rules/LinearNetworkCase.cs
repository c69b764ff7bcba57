using System.Text.Json;
using CsCheck;

namespace Lrp.Tests.Rules;

/// <summary>A network of linear layers with a ReLU after each, its input, and a rule for each layer, as data.</summary>
/// <remarks>Its text is JSON, so that a case a test failed on can be given to that test as it was printed.</remarks>
/// <param name="Shape">The input's shape: batch, channels and, for convolutions, one to three sizes.</param>
/// <param name="Seed">Torch's seed, for weights, input and the relevance of the output.</param>
/// <param name="Sign">Of which sign the input is.</param>
/// <param name="Layers">The layers: Linear where the input has no sizes, else convolutions.</param>
public sealed record LinearNetworkCase(long[] Shape, int Seed, InputSign Sign, LinearLayer[] Layers)
{
    private static readonly Gen<long[]> Sizes = Gen.OneOf(
        Gen.Const(() => Array.Empty<long>()),
        Gen.Long[4, 9].Array[1],
        Gen.Long[3, 8].Array[2],
        Gen.Long[3, 5].Array[3]
    );

    /// <summary>Cases with rules of the given names. A smaller one has fewer layers.</summary>
    public static Gen<LinearNetworkCase> Random(IReadOnlyList<string> rules, bool biases) =>
        Gen.Select(
            Gen.Long[1, 3],
            Gen.Long[1, 4],
            Sizes,
            Gen.Int[0, 9999],
            Gen.Enum<InputSign>(),
            LinearLayer.Random(rules, biases).Array[1, 4],
            (batch, channels, sizes, seed, sign, layers) =>
            {
                long[] shape = [batch, channels, .. sizes];
                return new LinearNetworkCase(shape, seed, sign, Fitted(shape, layers));
            }
        );

    /// <summary>A case from its text.</summary>
    public static LinearNetworkCase Parse(string text) => JsonSerializer.Deserialize<LinearNetworkCase>(text)!;

    /// <inheritdoc/>
    public override string ToString() => JsonSerializer.Serialize(this);

    /// <summary>The layers, each changed as far as needed to take what the one before it gives.</summary>
    private static LinearLayer[] Fitted(long[] shape, LinearLayer[] layers)
    {
        var fitted = new LinearLayer[layers.Length];
        for (var k = 0; k < layers.Length; k++)
        {
            fitted[k] = layers[k].FittedTo(shape);
            shape = fitted[k].After(shape);
        }

        return fitted;
    }
}

/// <summary>The sign of an input's elements.</summary>
public enum InputSign
{
    /// <summary>Some are positive, some negative.</summary>
    Mixed,

    /// <summary>None is negative.</summary>
    Positive,

    /// <summary>None is positive.</summary>
    Negative,
}
