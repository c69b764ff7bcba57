using TorchSharp;
using static TorchSharp.torch;

namespace ExplainFaces;

/// <summary>
/// Networks that look for faces one after the other, as in MTCNN (Zhang et al. 2016, "Joint face detection and
/// alignment using multi-task cascaded convolutional networks"): the first scans a picture quickly, the others judge
/// what it found.
/// </summary>
public sealed class FaceNetworks : IDisposable
{
    /// <summary>The distance between two windows of the scanner, in pixels.</summary>
    public const int ScannedStep = 2;

    // What MTCNN asks of its networks.
    private const double LeastScanned = 0.6;
    private const double LeastJudged = 0.7;

    private FaceNetworks(params FaceNetwork[] all)
    {
        All = all;
        foreach (var network in all)
        {
            network.to(ScalarType.Float64);
            network.eval();
        }
    }

    /// <summary>The networks in their order.</summary>
    public IReadOnlyList<FaceNetwork> All { get; }

    /// <summary>
    /// From N × 3 × height × width to two logits for each window of 12 × 12 pixels, N × 2 × rows × columns.
    /// </summary>
    public FaceNetwork Scanner => All[0];

    /// <summary>Those that judge windows, from N × 3 × side × side to two logits, N × 2.</summary>
    public IEnumerable<FaceNetwork> Judges => All.Skip(1);

    /// <summary>MTCNN's P-Net, R-Net and O-Net, with the weights of the Python package facenet-pytorch.</summary>
    /// <param name="folder">The folder with pnet.pt, rnet.pt and onet.pt.</param>
    public static FaceNetworks Mtcnn(string folder)
    {
        var networks = new FaceNetworks(
            Scanning("P-Net", 10, 16, 32),
            Refining("R-Net", 28, 48, 64, 128),
            Judging("O-Net", [32, 64, 64, 128], 256)
        );
        string[] files = ["pnet.pt", "rnet.pt", "onet.pt"];
        foreach (var (network, file) in networks.All.Zip(files))
        {
            network.Load(Path.Combine(folder, file));
        }

        return networks;
    }

    /// <summary>
    /// Two smaller networks of the same kind that learn drawn faces in seconds, without their borders.
    /// </summary>
    public static FaceNetworks Trained()
    {
        var networks = new[] { Scanning("scanner", 8, 12, 16), Judging("judge", [8, 12, 16, 16], 32) };
        Array.ForEach(networks, Training.Run);
        return new FaceNetworks(networks);
    }

    public void Dispose()
    {
        foreach (var network in All)
        {
            network.Dispose();
        }
    }

    private static FaceNetwork Scanning(string name, long first, long second, long third) =>
        new(
            name,
            side: 12,
            LeastScanned,
            nn.Sequential([
                .. Convolution(1, 3, first, kernel: 3),
                ("pool1", nn.MaxPool2d(2, 2, ceil_mode: true)),
                .. Convolution(2, first, second, kernel: 3),
                .. Convolution(3, second, third, kernel: 3),
            ]),
            ("conv4_1", nn.Conv2d(third, 2, 1)),
            ("conv4_2", nn.Conv2d(third, 4, 1))
        );

    private static FaceNetwork Refining(string name, long first, long second, long third, long features) =>
        new(
            name,
            side: 24,
            LeastJudged,
            nn.Sequential([
                .. Convolution(1, 3, first, kernel: 3),
                ("pool1", nn.MaxPool2d(3, 2, ceil_mode: true)),
                .. Convolution(2, first, second, kernel: 3),
                ("pool2", nn.MaxPool2d(3, 2, ceil_mode: true)),
                .. Convolution(3, second, third, kernel: 2),
                .. Dense(4, third * 9, features),
            ]),
            ("dense5_1", nn.Linear(features, 2)),
            ("dense5_2", nn.Linear(features, 4))
        );

    private static FaceNetwork Judging(string name, long[] channels, long features) =>
        new(
            name,
            side: 48,
            LeastJudged,
            nn.Sequential([
                .. Convolution(1, 3, channels[0], kernel: 3),
                ("pool1", nn.MaxPool2d(3, 2, ceil_mode: true)),
                .. Convolution(2, channels[0], channels[1], kernel: 3),
                ("pool2", nn.MaxPool2d(3, 2, ceil_mode: true)),
                .. Convolution(3, channels[1], channels[2], kernel: 3),
                ("pool3", nn.MaxPool2d(2, 2, ceil_mode: true)),
                .. Convolution(4, channels[2], channels[3], kernel: 2),
                .. Dense(5, channels[3] * 9, features),
            ]),
            ("dense6_1", nn.Linear(features, 2)),
            ("dense6_2", nn.Linear(features, 4))
        );

    private static (string, nn.Module<Tensor, Tensor>)[] Convolution(
        int number,
        long inputs,
        long outputs,
        long kernel
    ) => [($"conv{number}", nn.Conv2d(inputs, outputs, kernel)), ($"prelu{number}", nn.PReLU(outputs))];

    private static (string, nn.Module<Tensor, Tensor>)[] Dense(int number, long inputs, long outputs) =>
        [
            ("columns", new ColumnsFirst()),
            ($"dense{number}", nn.Linear(inputs, outputs)),
            ($"prelu{number}", nn.PReLU(outputs)),
        ];

    /// <summary>One row for each sample: column by column, the channels of a place side by side.</summary>
    private sealed class ColumnsFirst() : nn.Module<Tensor, Tensor>(nameof(ColumnsFirst))
    {
        public override Tensor forward(Tensor input) => input.permute(0, 3, 2, 1).flatten(1);
    }
}
