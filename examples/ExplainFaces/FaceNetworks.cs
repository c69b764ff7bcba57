using Lrp.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ExplainFaces;

/// <summary>
/// Two networks that look for faces, as in MTCNN (Zhang et al. 2016, "Joint face detection and alignment using
/// multi-task cascaded convolutional networks"): one scans a picture quickly, the other judges what the first found.
/// </summary>
/// <remarks>
/// MTCNN's second network, R-Net, and the layers that correct the borders of a window and find eyes, nose and mouth are
/// left out.
/// </remarks>
internal sealed class FaceNetworks : IDisposable
{
    /// <summary>The side of the windows that the scanner judges, in pixels.</summary>
    public const int ScannedSide = 12;

    /// <summary>The distance between two of these windows, in pixels.</summary>
    public const int ScannedStep = 2;

    /// <summary>The side of the windows that the judge is given, in pixels.</summary>
    public const int JudgedSide = 48;

    /// <summary>The output of either network that stands for a face; output 0 stands for no face.</summary>
    public const int Face = 1;

    private FaceNetworks(Sequential scanner, Sequential judge)
    {
        Scanner = scanner;
        Judge = judge;
        foreach (var network in new[] { scanner, judge })
        {
            network.to(ScalarType.Float64);
            network.eval();
        }
    }

    /// <summary>
    /// From N × 3 × height × width to two logits for each window of 12 × 12 pixels, N × 2 × rows × columns.
    /// </summary>
    public Sequential Scanner { get; }

    /// <summary>From N × 3 × 48 × 48 to two logits, N × 2.</summary>
    public Sequential Judge { get; }

    /// <summary>MTCNN's P-Net and O-Net, with the weights of the Python package facenet-pytorch.</summary>
    /// <param name="folder">The folder with pnet.pt and onet.pt.</param>
    public static FaceNetworks Mtcnn(string folder)
    {
        var networks = new FaceNetworks(BuildScanner(10, 16, 32), BuildJudge([32, 64, 64, 128], 256));
        Load(networks.Scanner, Path.Combine(folder, "pnet.pt"));
        Load(networks.Judge, Path.Combine(folder, "onet.pt"));
        return networks;
    }

    /// <summary>Smaller networks of the same kind that learn drawn faces in seconds.</summary>
    public static FaceNetworks Trained()
    {
        var (scanner, judge) = (BuildScanner(8, 12, 16), BuildJudge([8, 12, 16, 16], 32));
        Training.Run("learning to scan", scanner, ScannedSide);
        Training.Run("learning to judge", judge, JudgedSide);
        return new FaceNetworks(scanner, judge);
    }

    public void Dispose()
    {
        Scanner.Dispose();
        Judge.Dispose();
    }

    private static Sequential BuildScanner(long first, long second, long third) =>
        nn.Sequential(
            ("conv1", nn.Conv2d(3, first, 3)),
            ("prelu1", nn.PReLU(first)),
            ("pool1", nn.MaxPool2d(2, 2, ceil_mode: true)),
            ("conv2", nn.Conv2d(first, second, 3)),
            ("prelu2", nn.PReLU(second)),
            ("conv3", nn.Conv2d(second, third, 3)),
            ("prelu3", nn.PReLU(third)),
            ("conv4_1", nn.Conv2d(third, 2, 1))
        );

    private static Sequential BuildJudge(long[] channels, long features) =>
        nn.Sequential(
            ("conv1", nn.Conv2d(3, channels[0], 3)),
            ("prelu1", nn.PReLU(channels[0])),
            ("pool1", nn.MaxPool2d(3, 2, ceil_mode: true)),
            ("conv2", nn.Conv2d(channels[0], channels[1], 3)),
            ("prelu2", nn.PReLU(channels[1])),
            ("pool2", nn.MaxPool2d(3, 2, ceil_mode: true)),
            ("conv3", nn.Conv2d(channels[1], channels[2], 3)),
            ("prelu3", nn.PReLU(channels[2])),
            ("pool3", nn.MaxPool2d(2, 2, ceil_mode: true)),
            ("conv4", nn.Conv2d(channels[2], channels[3], 2)),
            ("prelu4", nn.PReLU(channels[3])),
            ("columns", new ColumnsFirst()),
            ("dense5", nn.Linear(channels[3] * 9, features)),
            ("prelu5", nn.PReLU(features)),
            ("dense6_1", nn.Linear(features, 2))
        );

    /// <summary>Takes the weights that the network has layers for; those of the other outputs are left out.</summary>
    private static void Load(Sequential network, string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"There is no file '{path}'; FOLDER must have pnet.pt and onet.pt, the weights of MTCNN."
            );
        }

        var keys = network.state_dict().Keys;
        network.LoadCheckpoint(path, rename: name => keys.Contains(name) ? name : null);
    }

    /// <summary>One row for each sample: column by column, the channels of a place side by side.</summary>
    private sealed class ColumnsFirst() : nn.Module<Tensor, Tensor>(nameof(ColumnsFirst))
    {
        public override Tensor forward(Tensor input) => input.permute(0, 3, 2, 1).flatten(1);
    }
}
