using Lrp.Onnx.Verification;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Onnx;

public sealed partial class OnnxModel
{
    /// <summary>
    /// Runs ONNX Runtime on the same file and inputs, and compares. The program needs the package
    /// Microsoft.ML.OnnxRuntime.
    /// </summary>
    /// <param name="inputs">The inputs, in the order of <see cref="InputNames"/> and in the file's types.</param>
    /// <param name="everyValue">
    /// Whether every value that a module computes is compared, not only the graph's outputs; not for files with
    /// external data.
    /// </param>
    /// <returns>
    /// The differences, in the order of computation; infinite where shapes differ. In float32 they are about 1e-6
    /// of the largest entry.
    /// </returns>
    /// <exception cref="InvalidOperationException">The package is missing.</exception>
    /// <exception cref="ArgumentException">There are not as many inputs as the model takes.</exception>
    public IReadOnlyList<OnnxDifference> Verify(IReadOnlyList<Tensor> inputs, bool everyValue = false)
    {
        ThrowIfTooFew(inputs);
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        string[] inside = everyValue
            ?
            [
                .. _program
                    .Parts.Where(part => part.Module is not null)
                    .Select(part => part.Outputs[0])
                    .Where(_program.Written.Contains)
                    .Except(_program.Outputs),
            ]
            : [];
        object source = everyValue ? ExtendedOutputs.Add(File.ReadAllBytes(_path), inside) : _path;
        using var session = new OnnxRuntimeSession(source);
        var expected = session.Run(InputNames.Zip(inputs));
        using var model = Load(_path, _floats, [.. inside, .. _program.Outputs]);
        var computed = model.call([.. inputs]);
        return
        [
            .. model
                .OutputNames.Select((name, k) => (name, computed[k]))
                .Where(entry => expected.ContainsKey(entry.name))
                .Select(entry => Difference(entry.name, entry.Item2, expected[entry.name])),
        ];
    }

    private static OnnxDifference Difference(string name, Tensor computed, Tensor expected)
    {
        var (a, b) = (computed.to(ScalarType.Float64).cpu(), expected.to(ScalarType.Float64));
        if (!a.shape.AsSpan().SequenceEqual(b.shape) || a.isnan().ne(b.isnan()).any().ToBoolean())
        {
            return new OnnxDifference(name, double.PositiveInfinity, 0);
        }

        if (a.numel() == 0)
        {
            return new OnnxDifference(name, 0, 0);
        }

        var scale = b.nan_to_num(0, 0, 0).abs().max().ToDouble();
        var equal = a.eq(b); // infinities that agree
        return new OnnxDifference(name, a.sub(b).masked_fill(equal, 0).nan_to_num(0).abs().max().ToDouble(), scale);
    }
}
