using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Forward;

/// <summary>A random composition of supported operators on vectors, images or sequences, in float64.</summary>
internal sealed class RandomNetwork : nn.Module<Tensor, Tensor>
{
    private readonly Random random;
    private readonly List<(string Name, Func<Tensor, Tensor> Step)> steps = [];
    private readonly List<nn.Module> layers = [];
    private long[] shape;

    public RandomNetwork(int seed)
        : base($"network{seed}")
    {
        random = new Random(seed);
        manual_seed(seed);
        var kind = seed % 3;
        shape = kind switch
        {
            0 => [2, 4 + random.Next(6)],
            1 => [2, 1 + random.Next(3), 6 + random.Next(4), 6 + random.Next(4)],
            _ => [2, 3 + random.Next(4), 4],
        };
        Input = rand(shape, ScalarType.Float64) * 2 - 0.9;
        var depth = 3 + random.Next(6);
        for (var k = 0; k < depth; ++k)
        {
            Add(kind);
        }

        for (var k = 0; k < layers.Count; ++k)
        {
            register_module($"layer{k}", layers[k]);
        }

        this.to(ScalarType.Float64);
        eval();
    }

    public Tensor Input { get; }

    public string Description => string.Join(" | ", steps.Select(step => step.Name));

    public override Tensor forward(Tensor input)
    {
        foreach (var (_, step) in steps)
        {
            input = step(input);
        }

        return input;
    }

    private void Add(int kind)
    {
        switch (random.Next(3), kind)
        {
            case (0, _):
                Activation();
                break;
            case (1, _):
                Elementary();
                break;
            case (_, 0):
                OnVectors();
                break;
            case (_, 1) when shape.Length == 4:
                OnImages();
                break;
            case (_, 2) when shape.Length == 3:
                OnSequences();
                break;
            default:
                OnVectors();
                break;
        }
    }

    private void Activation()
    {
        (string, Func<Tensor, Tensor>)[] choices =
        [
            ("relu", x => F.relu(x)), ("gelu", x => F.gelu(x)), ("tanh", x => x.tanh()), ("sigmoid", x => x.sigmoid()),
            ("silu", x => F.silu(x)), ("elu", x => F.elu(x, 1.0)), ("selu", x => F.selu(x)), ("celu", x => F.celu(x, 1.2)),
            ("leaky_relu", x => F.leaky_relu(x, 0.1)), ("relu6", x => F.relu6(x)), ("hardtanh", x => F.hardtanh(x)),
            ("hardswish", x => F.hardswish(x)), ("hardsigmoid", x => F.hardsigmoid(x)), ("softplus", x => F.softplus(x)),
            ("mish", x => F.mish(x)), ("softsign", x => F.softsign(x)), ("tanhshrink", x => F.tanhshrink(x)),
            ("softshrink", x => F.softshrink(x)), ("hardshrink", x => F.hardshrink(x)), ("logsigmoid", x => F.logsigmoid(x)),
            ("exp", x => (x * 0.3).exp()), ("square", x => x.square()), ("abs", x => x.abs()), ("sqrt", x => (x.abs() + 0.5).sqrt()),
            ("clamp", x => x.clamp(-0.7, 0.9)), ("sin", x => x.sin()), ("erf", x => x.erf()), ("relu_", x => (x * 1.5).relu_()),
            ("softmax", x => x.softmax(-1)), ("log_softmax", x => F.log_softmax(x, -1)),
        ];
        steps.Add(choices[random.Next(choices.Length)]);
    }

    private void Elementary()
    {
        var scale = rand(shape[^1..], ScalarType.Float64) + 0.5;
        var mask = rand(shape[1..], ScalarType.Float64).gt(0.3);
        (string, Func<Tensor, Tensor>)[] choices =
        [
            ("add scalar", x => x + 0.3), ("add tensor", x => x + scale), ("sub", x => 0.7 - x), ("mul", x => x * scale), ("div", x => x / scale),
            ("residual", x => x + x.tanh()), ("product", x => x * (x * 0.5).sigmoid()), ("quotient", x => x / (x.abs() + 1)),
            ("neg", x => -x), ("add_", x => (x * 0.9).add_(x)), ("where", x => where(mask, x, x * 0.2)), ("masked_fill", x => x.masked_fill(mask, 0.4)),
            ("flip", x => x.flip([-1])), ("roll", x => x.roll(1, 1)), ("cat", x => cat([x, x.tanh()], -1).narrow(-1, 1, x.shape[^1])),
            ("stack", x => stack([x, x.sin()]).mean([0L])), ("chunk", x => cat(x.chunk(2, 1).Reverse().ToArray(), 1)),
            ("clone", x => x.clone().contiguous()), ("maximum", x => maximum(x, x.neg())), ("minimum", x => minimum(x, x * scale)),
            ("pow", x => x.abs().add(0.3).pow(1.5)), ("transpose", x => x.transpose(-1, -2).contiguous().transpose(-1, -2)),
            ("sort", x => x.sort(-1).Values), ("cumsum", x => x.cumsum(-1)), ("addcmul", x => x.addcmul(x.tanh(), x.sigmoid(), 0.5)),
            ("unsqueeze", x => x.unsqueeze(1).squeeze(1)), ("index_select", x => x.index_select(1, tensor(new long[] { 0 })).expand_as(x) * 0.5 + x),
            ("sum", x => x + x.sum([-1L], true) * 0.1), ("mean", x => x - x.mean([-1L], true)), ("amax", x => x - x.amax([-1L], true)),
            ("normalized", x => x / x.norm(-1, true, 2f).add(0.1)), ("gather", x => x.gather(-1, x.argsort(-1))),
        ];
        steps.Add(choices[random.Next(choices.Length)]);
    }

    private void OnVectors()
    {
        var width = shape[^1];
        switch (random.Next(5))
        {
            case 0:
                steps.Add(("layer_norm", Layer(nn.LayerNorm(width))));
                break;
            case 1 when shape.Length == 2:
                steps.Add(("batch_norm", Layer(Used(nn.BatchNorm1d(width)))));
                break;
            case 2:
                var weight = randn([3, width], ScalarType.Float64);
                Step("einsum", x => einsum("...i,oi->...o", x, weight), [.. shape[..^1], 3]);
                break;
            case 3:
                var square = randn([width, width], ScalarType.Float64) * 0.4;
                steps.Add(("matmul", x => x.matmul(square)));
                break;
            default:
                var to = 3 + random.Next(6);
                Step("linear", Layer(nn.Linear(width, to, random.Next(4) > 0)), [.. shape[..^1], to]);
                break;
        }
    }

    private void OnImages()
    {
        var (channels, height, width) = (shape[1], shape[2], shape[3]);
        switch (random.Next(9))
        {
            case 0:
                steps.Add(("batch_norm2d", Layer(Used(nn.BatchNorm2d(channels)))));
                break;
            case 1:
                steps.Add(("group_norm", Layer(nn.GroupNorm(1, channels))));
                break;
            case 2 when height >= 4 && width >= 4:
                Step("max_pool2d", x => F.max_pool2d(x, 2), [2, channels, height / 2, width / 2]);
                break;
            case 3 when height >= 4 && width >= 4:
                Step("avg_pool2d", x => F.avg_pool2d(x, 2), [2, channels, height / 2, width / 2]);
                break;
            case 4:
                Step("adaptive", x => F.adaptive_avg_pool2d(x, 3), [2, channels, 3, 3]);
                break;
            case 5:
                Step("transposed", Layer(nn.ConvTranspose2d(channels, 2, 2)), [2, 2, height + 1, width + 1]);
                break;
            case 6:
                steps.Add(("depthwise", Layer(nn.Conv2d(channels, channels, 3, padding: 1L, groups: channels))));
                break;
            case 7:
                Step("flatten", x => x.flatten(1), [2, channels * height * width]);
                break;
            default:
                Step("conv2d", Layer(nn.Conv2d(channels, 3, 3, padding: 1L)), [2, 3, height, width]);
                break;
        }
    }

    private void OnSequences()
    {
        var width = shape[^1];
        switch (random.Next(7))
        {
            case 0:
                steps.Add(("lstm", Recurrent(nn.LSTM(width, width, numLayers: 1 + random.Next(2), batchFirst: true), (m, x) => m.call(x).Item1)));
                break;
            case 1:
                var gru = nn.GRU(width, width, batchFirst: true, bidirectional: true);
                Step("gru", Recurrent(gru, (m, x) => m.call(x).Item1), [.. shape[..^1], 2 * width]);
                break;
            case 2:
                steps.Add(("rnn", Recurrent(nn.RNN(width, width, batchFirst: true), (m, x) => m.call(x).Item1)));
                break;
            case 3:
                steps.Add(("attention", x => F.scaled_dot_product_attention(x, x.tanh(), x)));
                break;
            case 4:
                steps.Add(("self-attention", x => x.matmul(x.transpose(-1, -2)).mul(0.3).softmax(-1).matmul(x) + x));
                break;
            case 5 when width % 2 == 0:
                var heads = nn.MultiheadAttention(width, 2);
                steps.Add(("multihead", Recurrent(heads, (m, x) => m.call(x, x, x, null, false, null).Item1)));
                break;
            default:
                OnVectors();
                break;
        }
    }

    private Func<Tensor, Tensor> Layer(nn.Module<Tensor, Tensor> layer)
    {
        layers.Add(layer);
        return layer.call;
    }

    private Func<Tensor, Tensor> Recurrent<T>(T layer, Func<T, Tensor, Tensor> call)
        where T : nn.Module
    {
        layers.Add(layer);
        return x => call(layer, x);
    }

    /// <summary>Statistics other than zero and one.</summary>
    private static T Used<T>(T norm)
        where T : nn.Module<Tensor, Tensor>
    {
        using var off = no_grad();
        foreach (var (name, buffer) in norm.named_buffers())
        {
            if (name.StartsWith("running", StringComparison.Ordinal))
            {
                buffer.uniform_(0.2, 1.5);
            }
        }

        foreach (var parameter in norm.parameters())
        {
            parameter.uniform_(-1, 1);
        }

        return norm;
    }

    private void Step(string name, Func<Tensor, Tensor> step, long[] next)
    {
        steps.Add((name, step));
        shape = next;
    }
}
