using ExplainFaces;
using static TorchSharp.torch;

namespace Lrp.Tests.Examples;

/// <summary>Windows that go from one network of MTCNN to the next.</summary>
[TestFixture]
public sealed class FaceWindowTests
{
    [Test]
    public void AfterACorrectionItIsTheSquareAroundTheBordersThatWereSeen()
    {
        var window = new FaceWindow(Left: 10, Top: 20, Side: 100) { Shifts = [0.1, 0, -0.1, 0.2] };

        // From (20, 20) to (100, 140).
        var corrected = window.Corrected();
        Assert.That((corrected.Left, corrected.Top, corrected.Side), Is.EqualTo((0, 20, 120)));
    }

    [Test]
    public void OnlyNetworksInARowThatSeeAFaceCount()
    {
        using var network = new FaceNetwork(
            "judge",
            side: 12,
            least: 0.6,
            nn.Sequential(("features", nn.Flatten())),
            ("faces", nn.Linear(432, 2)),
            ("borders", nn.Linear(432, 4))
        );
        var window = new FaceWindow(0, 0, 12)
            .JudgedBy(network, 0.6, [0, 0, 0, 0])
            .JudgedBy(network, 0.5, [0, 0, 0, 0])
            .JudgedBy(network, 1, [0, 0, 0, 0]);
        Assert.That(window.Passed, Is.EqualTo(1));
        Assert.That(window.Faces, Has.Count.EqualTo(3));
    }
}
