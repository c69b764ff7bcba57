using Lrp.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Digits;

/// <summary>
/// A small convolutional network for handwritten digits: from (N, 1, 28, 28) with ink from 0 to 1, to (N, 10) logits.
/// </summary>
/// <remarks>
/// It has 115,114 parameters. Its inputs are not normalized, so the background is 0 and ink is 1 in every explanation.
/// </remarks>
public sealed class DigitsNetwork : nn.Module<Tensor, Tensor>
{
    /// <summary>The classes, in the order of the logits.</summary>
    public static readonly IReadOnlyList<string> Labels = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    [ComponentName(Name = "features")]
    private readonly Sequential _features;

    [ComponentName(Name = "classifier")]
    private readonly Sequential _classifier;

    /// <summary>Creates a network with random weights.</summary>
    public DigitsNetwork()
        : base(nameof(DigitsNetwork))
    {
        _features = nn.Sequential(
            nn.Conv2d(1, 16, 3L, padding: 1L),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3L, padding: 1L),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 32, 3L, padding: 1L),
            nn.ReLU()
        );
        _classifier = nn.Sequential(nn.Flatten(), nn.Linear(32 * 7 * 7, 64), nn.ReLU(), nn.Linear(64, 10));
        RegisterComponents();
    }

    /// <summary>
    /// Creates the network with the weights that <c>examples/TrainDigits</c> trained, in evaluation mode.
    /// </summary>
    /// <param name="dtype">The element type of weights and inputs.</param>
    public static DigitsNetwork Pretrained(ScalarType dtype = ScalarType.Float32)
    {
        var network = new DigitsNetwork();
        using var weights = SafetensorsFile.Open(Resource.Read("digits-network.safetensors"));
        network.LoadSafetensors(weights);
        foreach (var parameter in network.parameters())
        {
            parameter.requires_grad = false;
        }

        network.eval();
        return network.to(dtype);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => _classifier.call(_features.call(input));
}
