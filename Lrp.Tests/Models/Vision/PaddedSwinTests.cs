using Lrp.Models.Vision;
using Lrp.Tests.Models.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Vision;

/// <summary>A Swin transformer on images that its windows do not divide agrees with plain operations.</summary>
[TestFixture]
public sealed class PaddedSwinTests
{
    private const double Epsilon = 1e-5;

    /// <summary>9 × 7 positions in windows of 4 × 2; then 5 × 4, of which one direction has a single window.</summary>
    [Test]
    public void LogitsAndRelevanceAgree()
    {
        using var scope = NewDisposeScope();
        using var network = new SwinTransformer(
            new SwinOptions
            {
                PatchSize = (2, 2),
                EmbedSize = 6,
                Depths = [2, 2],
                Heads = [2, 3],
                WindowSize = (4, 2),
                MlpRatio = 2,
                Classes = 3,
            }
        );
        ((nn.Module)network).to(ScalarType.Float64);
        network.eval();
        using (no_grad())
        {
            foreach (var parameter in network.parameters())
            {
                parameter.normal_(0, 0.4);
            }
        }

        var image = randn(1, 3, 18, 14, dtype: ScalarType.Float64);
        var plain = new PlainNetwork(
            network.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.detach())
        );
        var pixels = image.clone().requires_grad_();
        var expected = Plain(plain, pixels);
        expected[0, 1].backward();
        var relevance = pixels.grad! * image;
        PlainAgreement.AssertExplains(network, image, expected, relevance);
    }

    private static Tensor Plain(PlainNetwork plain, Tensor pixels)
    {
        var patches = nn.functional.conv2d(pixels, plain["features.0.0.weight"], plain["features.0.0.bias"], [2, 2]);
        var states = plain.LayerNorm(patches.permute(0, 2, 3, 1), "features.0.2", Epsilon);
        states = Block(plain, states, "features.1.0.", 2, isShifted: false);
        states = Block(plain, states, "features.1.1.", 2, isShifted: true);
        states = Merged(plain, states);
        states = Block(plain, states, "features.3.0.", 3, isShifted: false);
        states = Block(plain, states, "features.3.1.", 3, isShifted: true);
        return plain.Linear(plain.LayerNorm(states, "norm", Epsilon).mean([1, 2]), "head");
    }

    private static Tensor Block(PlainNetwork plain, Tensor states, string block, long heads, bool isShifted)
    {
        states = states + Windows(plain, plain.LayerNorm(states, $"{block}norm1", Epsilon), block, heads, isShifted);
        var inner = plain.Linear(plain.LayerNorm(states, $"{block}norm2", Epsilon), $"{block}mlp.0");
        return states + plain.Linear(PlainNetwork.Activated(inner, PlainNetwork.Gelu), $"{block}mlp.3");
    }

    /// <summary>Attention, a position after the other: which others it sees, and with which bias.</summary>
    private static Tensor Windows(PlainNetwork plain, Tensor states, string block, long heads, bool isShifted)
    {
        var (height, width) = ((int)states.shape[1], (int)states.shape[2]);
        var (fullHeight, fullWidth) = ((height + 3) / 4 * 4, (width + 1) / 2 * 2);
        var padded = nn.functional.pad(states, [0, 0, 0, fullWidth - width, 0, fullHeight - height]).flatten(1, 2);
        var down = isShifted && fullHeight > 4 ? 2 : 0;
        var across = isShifted && fullWidth > 2 ? 1 : 0;
        var count = fullHeight * fullWidth;
        var bias = full([heads, count, count], double.NegativeInfinity, dtype: ScalarType.Float64);
        for (var from = 0; from < count; from++)
        {
            var (row, column) = Shifted(from);
            for (var to = 0; to < count; to++)
            {
                var (otherRow, otherColumn) = Shifted(to);
                if (row / 4 != otherRow / 4 || column / 2 != otherColumn / 2)
                {
                    continue;
                }

                var place = ((row - otherRow + 3) * 3) + column - otherColumn + 1;
                var isApart =
                    Part(row, fullHeight, down) != Part(otherRow, fullHeight, down)
                    || Part(column, fullWidth, across) != Part(otherColumn, fullWidth, across);
                bias[.., from, to] = plain[$"{block}attn.relative_position_bias_table"][place] - (isApart ? 100 : 0);
            }
        }

        var parts = plain.Linear(padded, $"{block}attn.qkv").chunk(3, -1);
        var (query, key, value) = (
            PlainNetwork.Heads(parts[0], heads),
            PlainNetwork.Heads(parts[1], heads),
            PlainNetwork.Heads(parts[2], heads)
        );
        var scores = PlainNetwork.Half(query.matmul(key.transpose(-2, -1))) / Math.Sqrt(query.shape[^1]);
        var read = PlainNetwork.Half((scores + bias).softmax(-1).matmul(value)).transpose(1, 2).flatten(2);
        var joined = plain.Linear(read, $"{block}attn.proj").view(1, fullHeight, fullWidth, -1);
        return joined.narrow(1, 0, height).narrow(2, 0, width);

        (int Row, int Column) Shifted(int place) =>
            (
                ((place / fullWidth) - down + fullHeight) % fullHeight,
                ((place % fullWidth) - across + fullWidth) % fullWidth
            );

        // What the shift brought to the end from the beginning.
        static bool Part(int place, int size, int shift) => place >= size - shift && shift > 0;
    }

    private static Tensor Merged(PlainNetwork plain, Tensor states)
    {
        var padded = nn.functional.pad(states, [0, 0, 0, states.shape[2] % 2, 0, states.shape[1] % 2]);
        var parts = new List<Tensor>();
        foreach (var (row, column) in new[] { (0, 0), (1, 0), (0, 1), (1, 1) })
        {
            parts.Add(padded.slice(1, row, padded.shape[1], 2).slice(2, column, padded.shape[2], 2));
        }

        return plain.Linear(plain.LayerNorm(cat(parts, -1), "features.2.norm", Epsilon), "features.2.reduction");
    }
}
