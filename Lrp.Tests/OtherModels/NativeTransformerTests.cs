using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.OtherModels;

/// <summary>
/// <c>nn.Transformer</c> and its layers run natively. Their operators have the rules of AttnLRP, or of CP-LRP, all the
/// same.
/// </summary>
[TestFixture]
public sealed class NativeTransformerTests
{
    private const int Features = 6;
    private const int Heads = 2;

    private DisposeScope _scope = null!;

    [SetUp]
    public void Open()
    {
        _scope = NewDisposeScope();
        manual_seed(8);
    }

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void AnEncoderLayer(
        [Values] bool gelu,
        [Values] bool masked,
        [Values] bool softmaxIsConstant,
        [Values] bool training,
        [Values(1, 2)] int batch
    )
    {
        var layer = nn.TransformerEncoderLayer(Features, Heads, 9, 0, Activation(gelu));
        Prepare(layer, training);
        var (mask, padding) = Masks(masked, batch, 4, 4);
        var written = new WrittenTransformer(layer, Heads, softmaxIsConstant);
        AssertSame(
            layer,
            softmaxIsConstant,
            batch,
            (x, _, _) => masked ? layer.call(x, mask!, padding!) : layer.call(x),
            (x, _, _) => written.EncoderLayer("", x, gelu, mask, padding)
        );
    }

    [Test]
    public void ADecoderLayer(
        [Values] bool gelu,
        [Values] bool masked,
        [Values] bool softmaxIsConstant,
        [Values(1, 2)] int batch
    )
    {
        var layer = nn.TransformerDecoderLayer(Features, Heads, 9, 0, Activation(gelu));
        Prepare(layer, training: false);
        var (mask, padding) = Masks(masked, batch, 4, 4);
        var (memoryMask, memoryPadding) = Masks(masked, batch, 4, 5);
        var written = new WrittenTransformer(layer, Heads, softmaxIsConstant);
        AssertSame(
            layer,
            softmaxIsConstant,
            batch,
            (x, memory, _) =>
                masked ? layer.call(x, memory, mask!, memoryMask!, padding!, memoryPadding!) : layer.call(x, memory),
            (x, memory, _) => written.DecoderLayer("", x, memory, gelu, mask, memoryMask, padding, memoryPadding)
        );
    }

    [Test]
    public void AnEncoder([Values(1, 2)] int layers, [Values] bool masked, [Values] bool softmaxIsConstant)
    {
        var layer = nn.TransformerEncoderLayer(Features, Heads, 9, 0, Activation(true));
        var encoder = nn.TransformerEncoder(layer, layers);
        Prepare(encoder, training: false);
        var (mask, padding) = Masks(masked, 2, 4, 4);
        var written = new WrittenTransformer(encoder, Heads, softmaxIsConstant);
        AssertSame(
            encoder,
            softmaxIsConstant,
            2,
            (x, _, _) => masked ? encoder.call(x, mask!, padding!) : encoder.call(x),
            (x, _, _) =>
                Enumerable
                    .Range(0, layers)
                    .Aggregate(x, (h, k) => written.EncoderLayer($"layers.{k}.", h, gelu: true, mask, padding))
        );
    }

    [Test]
    public void ADecoder([Values(1, 2)] int layers, [Values] bool masked, [Values] bool softmaxIsConstant)
    {
        var decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(Features, Heads, 9, 0), layers);
        Prepare(decoder, training: true);
        var (mask, padding) = Masks(masked, 2, 4, 4);
        var (memoryMask, memoryPadding) = Masks(masked, 2, 4, 5);
        var written = new WrittenTransformer(decoder, Heads, softmaxIsConstant);
        AssertSame(
            decoder,
            softmaxIsConstant,
            2,
            (x, memory, _) =>
                masked
                    ? decoder.call(x, memory, mask!, memoryMask!, padding!, memoryPadding!)
                    : decoder.call(x, memory),
            (x, memory, _) =>
                Enumerable
                    .Range(0, layers)
                    .Aggregate(
                        x,
                        (h, k) =>
                            written.DecoderLayer(
                                $"layers.{k}.",
                                h,
                                memory,
                                gelu: false,
                                mask,
                                memoryMask,
                                padding,
                                memoryPadding
                            )
                    )
        );
    }

    [Test]
    public void ATransformer([Values] bool gelu, [Values] bool masked, [Values] bool softmaxIsConstant)
    {
        var transformer = nn.Transformer(Features, Heads, 2, 2, 9, 0, Activation(gelu));
        Prepare(transformer, training: false);
        var (mask, padding) = Masks(masked, 2, 4, 4);
        var (sourceMask, sourcePadding) = Masks(masked, 2, 5, 5);
        var (memoryMask, memoryPadding) = Masks(masked, 2, 4, 5);
        var written = new WrittenTransformer(transformer, Heads, softmaxIsConstant);
        AssertSame(
            transformer,
            softmaxIsConstant,
            2,
            (x, source, _) =>
                masked
                    ? transformer.call(
                        source,
                        x,
                        sourceMask!,
                        mask!,
                        memoryMask!,
                        sourcePadding!,
                        padding!,
                        memoryPadding!
                    )
                    : transformer.call(source, x),
            (x, source, _) =>
            {
                for (var k = 0; k < 2; k++)
                {
                    source = written.EncoderLayer($"encoder.layers.{k}.", source, gelu, sourceMask, sourcePadding);
                }

                source = written.Norm("encoder.norm.", source);
                for (var k = 0; k < 2; k++)
                {
                    x = written.DecoderLayer(
                        $"decoder.layers.{k}.",
                        x,
                        source,
                        gelu,
                        mask,
                        memoryMask,
                        padding,
                        memoryPadding
                    );
                }

                return written.Norm("decoder.norm.", x);
            }
        );
    }

    /// <summary>The module of torch is the registered model, and no module of one's own is around it.</summary>
    [Test]
    public void AnEncoderThatIsTheModelItself()
    {
        var encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(Features, Heads, 9, 0), 2);
        Prepare(encoder, training: false);
        var (x, start) = (Random(4, 2, Features), Random(4, 2, Features));
        var written = new WrittenTransformer(encoder, Heads, softmaxIsConstant: false);
        var expected = NativeModule.Written(
            (t, _, _) => written.EncoderLayer("layers.1.", written.EncoderLayer("layers.0.", t, false), false),
            start,
            x,
            x,
            x
        );
        using var registration = NativeModule
            .Rules(softmaxIsConstant: false)
            .Register(encoder, start: Lrp.Core.RelevanceStart.Gradient);
        var leaf = x.clone().requires_grad_();
        encoder.call(leaf).backward([start]);
        registration.ThrowIfFaulted();
        NativeModule.AssertSame([leaf.grad, null, null], expected);
    }

    private static nn.Activations Activation(bool gelu) => gelu ? nn.Activations.GELU : nn.Activations.ReLU;

    private static void Prepare(nn.Module module, bool training)
    {
        _ = module.to(ScalarType.Float64);
        module.train(training);
        using var off = no_grad();
        foreach (var (name, parameter) in module.named_parameters())
        {
            nn.init.uniform_(parameter, name.Contains("norm") ? 0.5 : -0.6, name.Contains("norm") ? 1 : 0.6);
        }
    }

    private static Tensor Random(params long[] shape) => randn(shape, ScalarType.Float64);

    private static (Tensor? Mask, Tensor? Padding) Masks(bool masked, int batch, int time, int keys) =>
        masked
            ? (
                Random(time, keys).masked_fill(ones(time, keys).triu(2).gt(0), double.NegativeInfinity),
                arange(keys).unsqueeze(0).ge(tensor([4L, 3]).unsqueeze(1)[..batch])
            )
            : (null, null);

    private static void AssertSame(
        nn.Module module,
        bool softmaxIsConstant,
        int batch,
        Func<Tensor, Tensor, Tensor, Tensor> native,
        Func<Tensor, Tensor, Tensor, Tensor> written
    )
    {
        Tensor[] inputs = [Random(4, batch, Features), Random(5, batch, Features), Random(1)];
        var start = Random(4, batch, Features);
        using var model = new NativeModule(module, native);
        var found = model.Relevances(NativeModule.Rules(softmaxIsConstant), start, inputs);
        NativeModule.AssertSame(found, NativeModule.Written(written, start, inputs));
    }
}
