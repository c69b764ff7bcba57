using System.Globalization;
using Lrp.Attribution;
using Lrp.Composites;
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

    /// <summary>
    /// Adds nodes that are written as text, such as <c>ReduceMean h m axes=[-1];Sub h,m c</c>: operator, inputs,
    /// outputs, attributes; ms: before an operator of com.microsoft.
    /// </summary>
    protected static OnnxWriter Nodes(OnnxWriter file, string text)
    {
        foreach (var parts in text.Split(';').Select(node => node.Trim().Split(' ')))
        {
            var isMicrosoft = parts[0].StartsWith("ms:", StringComparison.Ordinal);
            file.Node(
                isMicrosoft ? parts[0][3..] : parts[0],
                parts[1].Replace(',', ' '),
                parts[2].Replace(',', ' '),
                isMicrosoft ? "com.microsoft" : "",
                [.. parts[3..].Select(each => each.Split('=', 2)).Select(each => (each[0], Value(each[1])))]
            );
        }

        return file;
    }

    /// <summary>[1|2] for whole numbers, 1f for a number, 1 for a whole one, and else a text.</summary>
    private static object Value(string text) =>
        text.StartsWith('[')
            ? text[1..^1].Split('|').Select(each => long.Parse(each, CultureInfo.InvariantCulture)).ToArray()
        : text.EndsWith('f') && float.TryParse(text[..^1], CultureInfo.InvariantCulture, out var number) ? number
        : long.TryParse(text, CultureInfo.InvariantCulture, out var whole) ? whole
        : text;

    /// <summary>What is explained of the first class, in float64.</summary>
    protected Tensor Explained(OnnxWriter file, Tensor x, Composite composite)
    {
        using var model = Load(file, ScalarType.Float64);
        return model.Explain(x, composite, Target.Class(1)).Relevance.MoveToOuterDisposeScope();
    }

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
