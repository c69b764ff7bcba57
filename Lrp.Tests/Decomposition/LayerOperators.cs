using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Decomposition;

/// <summary>
/// What is made for vectors (batch, features), images (batch, channels, height, width) or sequences (batch, words,
/// features).
/// </summary>
internal static class LayerOperators
{
    public static IReadOnlyList<NetworkOperator> All { get; } =
    [
        OnFeatures("layer_norm", shape => nn.LayerNorm(shape[^1])),
        OnFeatures("linear to 3", shape => nn.Linear(shape[^1], 3), 3),
        OnFeatures("linear to 8", shape => nn.Linear(shape[^1], 8), 8),
        OnFeatures("linear to 5 without bias", shape => nn.Linear(shape[^1], 5, hasBias: false), 5),
        new(
            "einsum",
            OfFeatures,
            shape => [.. shape[..^1], 3],
            shape =>
            {
                var weight = randn([3, shape[^1]], ScalarType.Float64);
                return new NetworkStep(x => einsum("...i,oi->...o", x, weight));
            }
        ),
        new(
            "matmul",
            OfFeatures,
            shape => shape,
            shape =>
            {
                var weight = randn([shape[^1], shape[^1]], ScalarType.Float64) * 0.4;
                return new NetworkStep(x => x.matmul(weight));
            }
        ),
        new(
            "batch_norm",
            shape => shape.Length == 2,
            shape => shape,
            shape => NetworkStep.Of(nn.BatchNorm1d(shape[1]))
        ),
        OnImages("batch_norm2d", shape => shape, shape => NetworkStep.Of(nn.BatchNorm2d(shape[1]))),
        OnImages("group_norm", shape => shape, shape => NetworkStep.Of(nn.GroupNorm(1, shape[1]))),
        OnImages("max_pool2d", Halved, _ => new NetworkStep(x => F.max_pool2d(x, 2)), smallest: 2),
        OnImages("avg_pool2d", Halved, _ => new NetworkStep(x => F.avg_pool2d(x, 2)), smallest: 2),
        OnImages("adaptive", shape => [.. shape[..2], 3, 3], _ => new NetworkStep(x => F.adaptive_avg_pool2d(x, 3))),
        OnImages(
            "transposed",
            shape => [shape[0], 2, shape[2] + 1, shape[3] + 1],
            shape => NetworkStep.Of(nn.ConvTranspose2d(shape[1], 2, 2))
        ),
        OnImages(
            "depthwise",
            shape => shape,
            shape => NetworkStep.Of(nn.Conv2d(shape[1], shape[1], 3, padding: 1L, groups: shape[1]))
        ),
        OnImages(
            "conv2d",
            shape => [shape[0], 3, shape[2], shape[3]],
            shape => NetworkStep.Of(nn.Conv2d(shape[1], 3, 3, padding: 1L))
        ),
        OnImages(
            "flatten",
            shape => [shape[0], shape[1] * shape[2] * shape[3]],
            _ => new NetworkStep(x => x.flatten(1))
        ),
        Recurrent("lstm", width => nn.LSTM(width, width, batchFirst: true), (lstm, x) => lstm.call(x).Item1),
        Recurrent(
            "lstm of two layers",
            width => nn.LSTM(width, width, numLayers: 2, batchFirst: true),
            (lstm, x) => lstm.call(x).Item1
        ),
        Recurrent(
            "gru of two directions",
            width => nn.GRU(width, width, batchFirst: true, bidirectional: true),
            (gru, x) => gru.call(x).Item1,
            directions: 2
        ),
        Recurrent("rnn", width => nn.RNN(width, width, batchFirst: true), (rnn, x) => rnn.call(x).Item1),
        OnSequences("attention", _ => new NetworkStep(x => F.scaled_dot_product_attention(x, x.tanh(), x))),
        OnSequences(
            "self-attention",
            _ => new NetworkStep(x => x.matmul(x.transpose(-1, -2)).mul(0.3).softmax(-1).matmul(x) + x)
        ),
        new(
            "multihead",
            shape => OfSequences(shape) && shape[^1] % 2 == 0,
            shape => shape,
            shape =>
            {
                var heads = nn.MultiheadAttention(shape[^1], 2);
                return new NetworkStep(x => heads.call(x, x, x, null, false, null).Item1, heads);
            }
        ),
    ];

    private static bool OfFeatures(long[] shape) => shape.Length is 2 or 3;

    private static bool OfSequences(long[] shape) => shape.Length == 3;

    private static long[] Halved(long[] shape) => [.. shape[..2], shape[2] / 2, shape[3] / 2];

    private static NetworkOperator OnFeatures(
        string name,
        Func<long[], nn.Module<Tensor, Tensor>> layer,
        long? width = null
    ) => new(name, OfFeatures, shape => [.. shape[..^1], width ?? shape[^1]], shape => NetworkStep.Of(layer(shape)));

    private static NetworkOperator OnImages(
        string name,
        Func<long[], long[]> after,
        Func<long[], NetworkStep> create,
        long smallest = 1
    ) => new(name, shape => shape.Length == 4 && shape[2] >= smallest && shape[3] >= smallest, after, create);

    private static NetworkOperator OnSequences(string name, Func<long[], NetworkStep> create) =>
        new(name, OfSequences, shape => shape, create);

    private static NetworkOperator Recurrent<T>(
        string name,
        Func<long, T> create,
        Func<T, Tensor, Tensor> call,
        long directions = 1
    )
        where T : nn.Module =>
        new(
            name,
            OfSequences,
            shape => [.. shape[..^1], directions * shape[^1]],
            shape =>
            {
                var layer = create(shape[^1]);
                return new NetworkStep(x => call(layer, x), layer);
            }
        );
}
