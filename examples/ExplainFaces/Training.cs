using Programs;
using static TorchSharp.torch;

namespace ExplainFaces;

/// <summary>Teaches a network to tell drawn faces from discs without a face, and from parts of faces.</summary>
internal static class Training
{
    private const int Steps = 100;
    private const int Batch = 24;

    /// <summary>Trains it.</summary>
    /// <param name="network">The network.</param>
    public static void Run(FaceNetwork network)
    {
        using var optimizer = optim.Adam(network.parameters(), lr: 0.005);
        network.train();
        foreach (var _ in ProgressBar.Over($"training the {network.GetName()}", Enumerable.Range(0, Steps)))
        {
            using var scope = NewDisposeScope();
            var (pictures, isFace) = DrawnFaces.Samples(Batch, network.Side);
            var logits = network.call(pictures.sub(FaceSearch.Mean).div(FaceSearch.Deviation)).flatten(1);
            var loss = nn.functional.cross_entropy(logits, isFace.to(ScalarType.Int64));
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }
    }
}
