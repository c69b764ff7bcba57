using Lrp.Core;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Vision.Parts;

/// <summary>Layers that each add their output to the channels that they were given.</summary>
internal sealed class DenseBlock : nn.Module<Tensor, Tensor>, INetworkBlock
{
    private readonly List<(DenseLayer Layer, Rules.Modules.Cat Join)> _layers = [];

    public DenseBlock(int layers, long channels, long growth, long bottleneck)
        : base(nameof(DenseBlock))
    {
        for (var k = 1; k <= layers; k++)
        {
            var layer = new DenseLayer(channels, growth, bottleneck);
            var join = new Rules.Modules.Cat(1);
            register_module($"denselayer{k}", layer);
            register_module($"cat{k}", join);
            _layers.Add((layer, join));
            channels += growth;
        }
    }

    public override Tensor forward(Tensor input) =>
        _layers.Aggregate(input, (features, entry) => entry.Join.call(features, entry.Layer.call(features)));

    private sealed class DenseLayer : nn.Module<Tensor, Tensor>, INeedsNoInterception
    {
        [ComponentName(Name = "norm1")]
        private readonly BatchNorm2d _norm1;

        [ComponentName(Name = "relu1")]
        private readonly ReLU _relu1 = nn.ReLU();

        [ComponentName(Name = "conv1")]
        private readonly Conv2d _conv1;

        [ComponentName(Name = "norm2")]
        private readonly BatchNorm2d _norm2;

        [ComponentName(Name = "relu2")]
        private readonly ReLU _relu2 = nn.ReLU();

        [ComponentName(Name = "conv2")]
        private readonly Conv2d _conv2;

        public DenseLayer(long channels, long growth, long bottleneck)
            : base(nameof(DenseLayer))
        {
            _norm1 = nn.BatchNorm2d(channels);
            _conv1 = nn.Conv2d(channels, bottleneck, 1, bias: false);
            _norm2 = nn.BatchNorm2d(bottleneck);
            _conv2 = nn.Conv2d(bottleneck, growth, 3, padding: 1, bias: false);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            var squeezed = _conv1.call(_relu1.call(_norm1.call(input)));
            return _conv2.call(_relu2.call(_norm2.call(squeezed)));
        }
    }
}
