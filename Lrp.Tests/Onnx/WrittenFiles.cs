using Lrp.Onnx;
using OnnxFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>Tests that write the ONNX files they read.</summary>
public abstract class WrittenFiles
{
    private DirectoryInfo _folder = null!;
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin()
    {
        _folder = Directory.CreateTempSubdirectory();
        _scope = NewDisposeScope();
        manual_seed(3);
    }

    [TearDown]
    public void End()
    {
        _scope.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>A file of opset 17 with one input of floats.</summary>
    protected static OnnxWriter Of(params long[] shape) => new OnnxWriter(17).Input("x", 1, shape);

    protected string Saved(OnnxWriter file) => file.Save(Path.Combine(_folder.FullName, $"{Guid.NewGuid():N}.onnx"));

    protected OnnxModel Load(OnnxWriter file, ScalarType? type = null) => OnnxModel.Load(Saved(file), type);

    protected static float[] Random(long count) => Values(randn(count));

    protected static float[] Values(Tensor tensor) => tensor.contiguous().data<float>().ToArray();

    /// <summary>ONNX Runtime has the same shapes and numbers.</summary>
    protected void AssertVerified(OnnxWriter file, params Tensor[] inputs)
    {
        using var model = Load(file);
        var differences = model.Verify(inputs, everyValue: true);
        Assert.That(differences, Is.Not.Empty);
        Assert.That(differences.Where(difference => difference.Relative > 1e-5), Is.Empty);
    }

    protected static void AssertClose(Tensor actual, Tensor expected, double within = 1e-5)
    {
        Assert.That(actual.shape, Is.EqualTo(expected.shape));
        Assert.That(actual.sub(expected).abs().max().ToDouble(), Is.LessThan(within));
    }
}
