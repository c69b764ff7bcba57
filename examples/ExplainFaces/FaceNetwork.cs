using Lrp.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ExplainFaces;

/// <summary>
/// One network of MTCNN: features of square windows, whether they show a face, and where its borders are.
/// </summary>
public sealed class FaceNetwork : nn.Module<Tensor, Tensor>
{
    /// <summary>The output that stands for a face; output 0 stands for no face.</summary>
    public const int Face = 1;

    private readonly Sequential _features;
    private readonly nn.Module<Tensor, Tensor> _faces;
    private readonly nn.Module<Tensor, Tensor> _borders;

    /// <summary>Creates a network from its parts.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="side">The side of the windows that it is given, in pixels.</param>
    /// <param name="least">The probability from which on a window is a face.</param>
    /// <param name="features">The layers before the outputs.</param>
    /// <param name="faces">The layer with two logits, and its name in files.</param>
    /// <param name="borders">The layer with four corrections, and its name in files.</param>
    public FaceNetwork(
        string name,
        int side,
        double least,
        Sequential features,
        (string Name, nn.Module<Tensor, Tensor> Layer) faces,
        (string Name, nn.Module<Tensor, Tensor> Layer) borders
    )
        : base(name)
    {
        (Side, Least) = (side, least);
        (_features, _faces, _borders) = (features, faces.Layer, borders.Layer);
        register_module("features", features);
        register_module(faces.Name, _faces);
        register_module(borders.Name, _borders);
    }

    /// <summary>The side of the windows that it is given, in pixels.</summary>
    public int Side { get; }

    /// <summary>The probability from which on a window is a face.</summary>
    public double Least { get; }

    /// <summary>Whether it has learned where the borders of a face are.</summary>
    public bool KnowsBorders { get; private set; }

    /// <summary>Two logits for each window.</summary>
    /// <param name="input">N × 3 × side × side, or a larger picture for a network that scans.</param>
    /// <returns>N × 2, or N × 2 × rows × columns.</returns>
    public override Tensor forward(Tensor input) => _faces.call(_features.call(input));

    /// <summary>Judges windows.</summary>
    /// <param name="input">As for <see cref="forward"/>.</param>
    /// <returns>
    /// The probability of a face, N; and the shifts of the left, upper, right and lower border in sides of the window,
    /// N × 4. Both followed by rows and columns for a network that scans.
    /// </returns>
    public (Tensor Faces, Tensor Shifts) Judge(Tensor input)
    {
        using var inference = no_grad();
        using var scope = NewDisposeScope();
        var features = _features.call(input);
        var shifts = _borders.call(features);
        return (
            _faces.call(features).softmax(1).select(1, Face).MoveToOuterDisposeScope(),
            (KnowsBorders ? shifts : zeros_like(shifts)).MoveToOuterDisposeScope()
        );
    }

    /// <summary>Takes the weights of a file of facenet-pytorch; it also has places of eyes, nose and mouth.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public void Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"There is no file '{path}'; FOLDER must have pnet.pt, rnet.pt and onet.pt, the weights of MTCNN."
            );
        }

        var names = state_dict().Keys.ToDictionary(name => name.Replace("features.", "", StringComparison.Ordinal));
        this.LoadCheckpoint(path, rename: name => names.GetValueOrDefault(name));
        KnowsBorders = true;
    }
}
