using Lrp.Composites;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using Lrp.Tests.OtherModels;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>
/// Modules of torch that run natively are decomposed operator by operator, as if their forward were written out.
/// </summary>
[TestFixture]
public sealed class NativeModuleTests
{
    private const int Features = 6;
    private const int Heads = 2;

    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        manual_seed(9);
    }

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void AnAttention([Values] bool masked, [Values] bool extended, [Values] bool linearised)
    {
        var attention = nn.MultiheadAttention(Features, Heads, add_bias_kv: extended, add_zero_attn: extended);
        Prepare(attention);
        var (mask, padding) = Masks(masked, 4);
        var written = new WrittenTransformer(attention, Heads, softmaxIsConstant: false);
        AssertSame(
            linearised,
            attention,
            x => attention.call(x, x, x, padding!, true, mask!).Item1,
            x => written.Attention("", x, x, x, mask, padding, extended).Output
        );
    }

    [Test]
    public void AnEncoder([Values] bool masked, [Values] bool gelu, [Values] bool linearised)
    {
        var encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(Features, Heads, 8, 0, gelu ? nn.Activations.GELU : nn.Activations.ReLU),
            2
        );
        Prepare(encoder);
        var (mask, padding) = Masks(masked, 4);
        var written = new WrittenTransformer(encoder, Heads, softmaxIsConstant: false);
        AssertSame(
            linearised,
            encoder,
            x => masked ? encoder.call(x, mask!, padding!) : encoder.call(x),
            x =>
                written.EncoderLayer(
                    "layers.1.",
                    written.EncoderLayer("layers.0.", x, gelu, mask, padding),
                    gelu,
                    mask,
                    padding
                )
        );
    }

    [Test]
    public void ATransformer([Values] bool linearised)
    {
        var transformer = nn.Transformer(Features, Heads, 1, 1, 8, 0);
        Prepare(transformer);
        var written = new WrittenTransformer(transformer, Heads, softmaxIsConstant: false);
        AssertSame(
            linearised,
            transformer,
            x => transformer.call(x, x * 2),
            x =>
            {
                var memory = written.Norm("encoder.norm.", written.EncoderLayer("encoder.layers.0.", x, gelu: false));
                return written.Norm(
                    "decoder.norm.",
                    written.DecoderLayer("decoder.layers.0.", x * 2, memory, gelu: false)
                );
            }
        );
    }

    [Test]
    public void RecurrentCells([Values("LSTM", "GRU", "RNN")] string kind)
    {
        var (lstm, gru, rnn) = (nn.LSTMCell(4, 3), nn.GRUCell(4, 3), nn.RNNCell(4, 3));
        var (lstms, grus, rnns) = (nn.LSTM(4, 3), nn.GRU(4, 3), nn.RNN(4, 3));
        nn.Module[] modules = [lstm, gru, rnn, lstms, grus, rnns];
        foreach (var module in modules)
        {
            Prepare(module);
        }

        foreach (var (cell, layer) in new (nn.Module, nn.Module)[] { (lstm, lstms), (gru, grus), (rnn, rnns) })
        {
            using var off = no_grad();
            foreach (var (name, parameter) in cell.named_parameters())
            {
                layer.get_parameter(name + "_l0")!.copy_(parameter);
            }
        }

        AssertSame(
            linearised: false,
            nn.ModuleList<nn.Module>(modules),
            x =>
                kind switch
                {
                    "LSTM" => lstm.call(x, (x[.., ..3], x[.., 1..4])).Item1,
                    "GRU" => gru.call(x, x[.., ..3]),
                    _ => rnn.call(x, x[.., ..3]),
                },
            x =>
                kind switch
                {
                    "LSTM" => lstms
                        .call(x.unsqueeze(0), (x[.., ..3].unsqueeze(0), x[.., 1..4].unsqueeze(0)))
                        .Item1.squeeze(0),
                    "GRU" => grus.call(x.unsqueeze(0), x[.., ..3].unsqueeze(0)).Item1.squeeze(0),
                    _ => rnns.call(x.unsqueeze(0), x[.., ..3].unsqueeze(0)).Item1.squeeze(0),
                },
            5,
            4
        );
    }

    private static void Prepare(nn.Module module)
    {
        _ = module.to(ScalarType.Float64);
        module.eval();
        using var off = no_grad();
        foreach (var parameter in module.parameters())
        {
            nn.init.uniform_(parameter, -0.6, 0.6);
        }
    }

    private static (Tensor? Mask, Tensor? Padding) Masks(bool masked, int time) =>
        masked
            ? (
                randn(time, time, ScalarType.Float64)
                    .masked_fill(ones(time, time).triu(2).gt(0), double.NegativeInfinity),
                arange(time).unsqueeze(0).ge(tensor([4L, 3]).unsqueeze(1))
            )
            : (null, null);

    private static void AssertSame(
        bool linearised,
        nn.Module inner,
        Func<Tensor, Tensor> native,
        Func<Tensor, Tensor> written,
        params long[] shape
    )
    {
        shape = shape.Length == 0 ? [4, 2, Features] : shape;
        var x = randn(shape, ScalarType.Float64);
        var found = Decomposed(native, x, inner, linearised);
        var expected = Decomposed(written, x, inner, linearised);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Value.allclose(expected.Value, 1e-12, 1e-12), Is.True, "value");
            Assert.That(found.Components.allclose(expected.Components, 1e-9, 1e-9), Is.True, "components");
            Assert.That(found.Residual.allclose(expected.Residual, 1e-9, 1e-9), Is.True, "residual");
            Assert.That(found.ReconstructionError(), Is.LessThan(1e-10));
            Assert.That(found.Components.abs().max().item<double>(), Is.GreaterThan(1e-3));
        }
    }

    private static Composition Decomposed(Func<Tensor, Tensor> function, Tensor x, nn.Module inner, bool linearised)
    {
        var model = new Lambda(function, inner).Registered(); // not disposed: the next model has the same module
        var composition = Composition.PerIndex(x, 0);
        using var run = new Composite
        {
            {
                typeof(nn.Module),
                new Affine { LinearisedAttention = linearised }
            },
        }.Decompose(model, composition);
        using var off = no_grad();
        var output = run.Of(model.call(x));
        return Composition.Of(output.Value.clone(), output.Components.clone(), output.Residual.clone(), 1e-6);
    }
}
