using OnnxFiles;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>A nearest Resize takes the entries that ONNX Runtime takes, which computes places in float32.</summary>
[TestFixture]
public sealed class NearestResizeTests : WrittenFiles
{
    [Test]
    public void TheNearestEntryIsThatOfOnnxRuntime(
        [Values("asymmetric", "half_pixel", "pytorch_half_pixel", "align_corners")] string places,
        [Values("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")] string rounding
    )
    {
        foreach (var scale in new[] { 0.1f, 0.35f, 0.6f, 0.7f, 1.7f, 2.3f, 3f })
        {
            AssertVerified(
                Of(1, 1, 20)
                    .Tensor("s", new[] { 1, 1, scale }, 3)
                    .Node(
                        "Resize",
                        "x _ s",
                        "y",
                        "",
                        ("mode", "nearest"),
                        ("coordinate_transformation_mode", places),
                        ("nearest_mode", rounding)
                    )
                    .Output("y"),
                arange(20, ScalarType.Float32).reshape(1, 1, 20)
            );
        }
    }

    [TestCase(0.1f)]
    [TestCase(0.6f)]
    [TestCase(0.7f)]
    [TestCase(2.3f)]
    public void SoItIsInOpset10(float scale) =>
        AssertVerified(
            new OnnxWriter(10)
                .Input("x", 1, 1, 1, 20, 20)
                .Tensor("s", new[] { 1, 1, scale, scale }, 4)
                .Node("Resize", "x s", "y", "", ("mode", "nearest"))
                .Output("y"),
            arange(400, ScalarType.Float32).reshape(1, 1, 20, 20)
        );
}
