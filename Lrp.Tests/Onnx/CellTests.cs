using System.Globalization;
using Lrp.Core;
using Lrp.Onnx;
using OnnxFiles;
using static TorchSharp.torch;

namespace Lrp.Tests.Onnx;

/// <summary>Cells of LSTM and GRU that are written in nodes are explained as the operators are.</summary>
[TestFixture]
public sealed class CellTests : WrittenFiles
{
    private const int Steps = 3;

    /// <summary>A step: {0} is its number, {1} that of the next.</summary>
    private const string Lstm =
        "Gather x,t{0} x{0};Gemm x{0},W,wb p{0} transB=1;Gemm h{0},R,rb r{0} transB=1;Add p{0},r{0} g{0};"
        + "Split g{0},four gi{0},go{0},gf{0},gc{0} axis=1;Sigmoid gi{0} i{0};Sigmoid go{0} o{0};Sigmoid gf{0} f{0};"
        + "Tanh gc{0} n{0};Mul f{0},c{0} fc{0};Mul i{0},n{0} in{0};Add fc{0},in{0} c{1};"
        + "Tanh c{1} k{1};Mul o{0},k{1} h{1}";

    private const string Gru =
        "Gather x,t{0} x{0};Gemm x{0},W,wb p{0} transB=1;Gemm h{0},R,rb r{0} transB=1;"
        + "Split p{0},three pz{0},pr{0},pn{0} axis=1;Split r{0},three rz{0},rr{0},rn{0} axis=1;"
        + "Add pz{0},rz{0} az{0};Sigmoid az{0} z{0};Add pr{0},rr{0} ar{0};Sigmoid ar{0} s{0};"
        + "Mul s{0},rn{0} m{0};Add pn{0},m{0} v{0};Tanh v{0} n{0};";

    [Test]
    public void AnLstmCellHasConstantGates() => AssertSame("LSTM", 4, Lstm, "");

    [TestCase("Sub one,z{0} y{0};Mul y{0},n{0} a{0};Mul z{0},h{0} b{0};Add a{0},b{0} h{1}")]
    [TestCase("Sub h{0},n{0} d{0};Mul z{0},d{0} a{0};Add n{0},a{0} h{1}")]
    public void SoHasAGruCell(string mixture) => AssertSame("GRU", 3, Gru + mixture, " linear_before_reset=1");

    private void AssertSame(string op, int gates, string step, string attributes)
    {
        var end = op == "LSTM" ? "all,hn,cn" : "all,hn";
        var node = $"{op} x,W1,R1,B1 {end} hidden_size=2{attributes};Squeeze hn,first y";
        var steps = Enumerable.Range(0, Steps).Select(k => string.Format(CultureInfo.InvariantCulture, step, k, k + 1));
        var (x, y) = (randn([Steps, 2, 3], ScalarType.Float64), randn([2, 2], ScalarType.Float64));
        var expected = Relevance(File(gates, node), x, y, "y");
        var written = Relevance(File(gates, string.Join(';', steps)), x, y, $"h{Steps}");
        AssertClose(written, expected, 1e-9);
    }

    private Tensor Relevance(OnnxWriter file, Tensor x, Tensor weights, string output)
    {
        using var model = Load(file.Output(output), ScalarType.Float64);
        using var registration = OnnxPresets.AttnLrp().Register(model, start: RelevanceStart.Gradient);
        var given = x.clone().requires_grad_();
        var computed = model.call(given);
        computed.backward([computed.detach().mul(weights)]);
        return given.grad!;
    }

    private static OnnxWriter File(int gates, string nodes)
    {
        manual_seed(5);
        var rows = gates * 2;
        var (w, r, bias) = (Random(rows * 3), Random(rows * 2), Random(2 * rows));
        var file = new OnnxWriter(14).Input("x", 1, Steps, 2, 3).Tensor("one", [1f]).Tensor("first", [0L], 1);
        file.Tensor("W1", w, 1, rows, 3).Tensor("R1", r, 1, rows, 2).Tensor("B1", bias, 1, 2 * rows);
        file.Tensor("W", w, rows, 3)
            .Tensor("R", r, rows, 2)
            .Tensor("wb", bias[..rows], rows)
            .Tensor("rb", bias[rows..], rows);
        file.Tensor("three", [2L, 2, 2], 3).Tensor("four", [2L, 2, 2, 2], 4);
        file.Tensor("h0", new float[4], 2, 2).Tensor("c0", new float[4], 2, 2);
        for (var k = 0; k < Steps; k++)
        {
            file.Tensor($"t{k}", [(long)k]);
        }

        return Nodes(file, nodes);
    }
}
