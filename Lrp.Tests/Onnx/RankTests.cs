using OnnxFiles;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>Results have the dimensions that ONNX Runtime gives them.</summary>
[TestFixture]
public sealed class RankTests : WrittenFiles
{
    [Test]
    public void AnAddedConstantOfMoreDimensionsGivesTheResultIts() =>
        AssertVerified(
            Of(-1, 4)
                .Tensor("w", Random(12), 4, 3)
                .Tensor("b", Random(3), 1, 1, 3)
                .Node("MatMul", "x w", "m")
                .Node("Add", "m b", "y")
                .Output("y"),
            randn(2, 4)
        );

    [Test]
    public void AMatrixOfMoreDimensionsGivesTheResultIts() =>
        AssertVerified(
            Of(-1, 4).Tensor("w", Random(12), 1, 1, 4, 3).Node("MatMul", "x w", "y").Output("y"),
            randn(2, 4)
        );

    [Test]
    public void SoDoesAMatrixOnTheLeft() =>
        AssertVerified(Of(4, 5).Tensor("w", Random(12), 1, 3, 4).Node("MatMul", "w x", "y").Output("y"), randn(4, 5));

    [Test]
    public void AConstantOfMoreDimensionsIsNoBiasOfAConvolution() =>
        AssertVerified(
            Of(-1, 2, 5, 5)
                .Tensor("w", Random(54), 3, 2, 3, 3)
                .Tensor("b", Random(3), 1, 1, 3, 1, 1)
                .Node("Conv", "x w", "c")
                .Node("Add", "c b", "y")
                .Output("y"),
            randn(2, 2, 5, 5)
        );

    [Test]
    public void ATransposedConvolutionMayEndBehindItsLastWindow() =>
        AssertVerified(
            Of(-1, 2, 4, 4)
                .Tensor("w", Random(54), 2, 3, 3, 3)
                .Node(
                    "ConvTranspose",
                    "x w",
                    "y",
                    "",
                    ("strides", new long[] { 2, 2 }),
                    ("output_shape", new long[] { 10, 10 })
                )
                .Output("y"),
            randn(2, 2, 4, 4)
        );

    [Test]
    public void AReductionOfNoDimensionsIsOneOfEachEntry()
    {
        foreach (
            var op in new[] { "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceSum", "ReduceMax" }
        )
        {
            AssertVerified(
                new OnnxWriter(op == "ReduceSum" ? 13 : 18)
                    .Input("x", 1, -1, 4)
                    .Node(op, "x", "y", "", ("noop_with_empty_axes", 1L))
                    .Output("y"),
                rand(2, 4).add(0.5)
            );
        }
    }
}
