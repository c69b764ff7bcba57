using Lrp.Composites;
using Lrp.Core.Interception;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using Lrp.Tests.Engine;
using Mails;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>
/// What is said about modules that no entry matched, where the functions that compute them have rules.
/// </summary>
[TestFixture]
public sealed class UnmatchedModuleTests
{
    [Test]
    public void ModulesThatAreComputedByFunctionsWithRulesAreNotSaidToFollowThePlainGradient()
    {
        using var model = MailTransformer.Pretrained();
        var logger = new CollectingLogger();
        using var registration = new Composite { { Functions.AttnLrp } }.Register(model, logger);

        var warnings = string.Join('\n', logger.Warnings);
        Assert.Multiple(() =>
        {
            Assert.That(warnings, Does.Not.Contain("(Linear)").And.Not.Contain("(LayerNorm)"));
            Assert.That(warnings, Does.Not.Contain("(Embedding)"), "relevance is read at its output");
            Assert.That(registration.Describe(), Does.Match(@"classifier +Linear +- +rules of functions"));
            Assert.That(registration.Describe(), Does.Match(@"norm +LayerNorm +- +rules of functions"));
            Assert.That(registration.Describe(), Does.Match(@"embedding +Embedding +- +relevance of ids is read"));
        });
    }

    [Test]
    public void OtherFunctionsOrNullDoNotHelpAModule()
    {
        using var model = nn.Sequential(("layer", nn.Linear(4, 4)), ("norm", nn.LayerNorm(4)));
        foreach (
            var composite in new Composite[]
            {
                new() { { Functions.Softmax, Taylor.AtInput() } },
                new() { { Functions.Linear, null }, { Functions.MatMul, new UniformEpsilon(1e-6) } },
            }
        )
        {
            var logger = new CollectingLogger();
            using var registration = composite.Register(model, logger);
            Assert.That(logger.Warnings, Has.Some.Contains("'layer' (Linear)").And.Some.Contains("'norm'"));
        }
    }

    [Test]
    public void FunctionsHaveNoRulesInsideAModuleThatHasOne()
    {
        using var model = nn.Sequential(("block", nn.Sequential(("layer", nn.Linear(4, 4)))));
        using var registration = new Composite { { "block", new Pass() }, { Functions.AttnLrp } }.Register(model);
        Assert.That(registration.Describe(), Does.Match(@"block\.layer +Linear +- +unmatched, has parameters"));
    }

    /// <summary>The library knows by which operators torch computes these modules; here torch is asked.</summary>
    [TestCaseSource(nameof(Computed))]
    public void TheOperatorsOfAModuleAreThoseThatTorchCalls(string name, Func<nn.Module> make, long[] shape)
    {
        using var scope = NewDisposeScope();
        using var module = make();
        var input = rand(shape);
        var called = new HashSet<string>();
        using (
            OperatorInterception.Enter(
                null,
                call =>
                {
                    called.Add(call.Operator);
                    return OperatorCall.LetThrough;
                }
            )
        )
        {
            _ = Call(module, input);
        }

        if (called.Contains("aten::relu"))
        {
            called.Add("aten::gelu"); // the other activation that a transformer may have
        }

        var entries = called
            .Select(one => new Lrp.Core.Functions.FunctionEntry(Functions.Operator(one), new StopRelevance()))
            .ToList();
        using var model = new Holder(module);
        var composite = new Composite();
        foreach (var entry in entries)
        {
            composite.Add(entry.Key, entry.Rule);
        }

        // A linear layer is computed by one operator for two dimensions and by another for more.
        composite.Add(Functions.Linear, new Epsilon(1e-6));
        var logger = new CollectingLogger();
        using var registration = composite.Register(model, logger);
        Assert.That(registration.Describe(), Does.Match($"module +{name} +- +rules of functions"));
    }

    /// <summary>Beside functions that have rules, what hides products of computed tensors is refused.</summary>
    [TestCaseSource(nameof(Whole))]
    public void ARecurrentLayerIsRefusedByNameWithTheRemedy(string type, nn.Module module, string remedy)
    {
        using var model = nn.Sequential(("block", new Holder(module)));
        Assert.That(
            () => new Composite { { Functions.AttnLrp } }.Register(model),
            Throws
                .ArgumentException.With.Message.Contains($"'block.module' ({type})")
                .And.Message.Contains(remedy)
                .And.Message.Contains("null")
        );

        // Nothing is left of the registration, and these go through.
        using (new Composite { { module.GetType(), null }, { Functions.AttnLrp } }.Register(model)) { }

        using (new Composite { { "block", new Pass() }, { Functions.AttnLrp } }.Register(model)) { }

        using (new Composite { { Functions.Add, new Norm() } }.Register(model)) { }
    }

    private static IEnumerable<TestCaseData> Whole()
    {
        const string Layer = "LrpRule.Recurrent()";
        const string Cell = "sequences of one step";
        yield return new TestCaseData("LSTM", nn.LSTM(3, 3), Layer).SetArgDisplayNames("LSTM");
        yield return new TestCaseData("GRU", nn.GRU(3, 3), Layer).SetArgDisplayNames("GRU");
        yield return new TestCaseData("RNN", nn.RNN(3, 3), Layer).SetArgDisplayNames("RNN");
        yield return new TestCaseData("LSTMCell", nn.LSTMCell(3, 3), Cell).SetArgDisplayNames("LSTMCell");
        yield return new TestCaseData("GRUCell", nn.GRUCell(3, 3), Cell).SetArgDisplayNames("GRUCell");
        yield return new TestCaseData("RNNCell", nn.RNNCell(3, 3), Cell).SetArgDisplayNames("RNNCell");
    }

    [Test]
    public void APresetForConvolutionalNetworksNamesWhatGivesATransformerItsRules()
    {
        using var model = nn.Sequential(
            ("first", nn.Conv1d(3, 3, 1)),
            ("encoder", nn.TransformerEncoderLayer(4, 2, 8)),
            ("cell", new Holder(nn.LSTMCell(3, 3)))
        );
        var logger = new CollectingLogger();
        using var registration = Presets.EpsilonPlus().Register(model, logger);
        Assert.That(
            logger.Warnings,
            Has.Some.Contains("'encoder' (TransformerEncoderLayer)")
                .And.Some.Contains("{ Functions.AttnLrp } gives rules")
                .And.Some.Contains("'cell.module' (LSTMCell)")
        );
        Assert.That(
            registration.Describe(),
            Does.Match(@"encoder +TransformerEncoderLayer +- +unmatched, has parameters")
        );
    }

    private static IEnumerable<TestCaseData> Computed()
    {
        yield return Case("Linear", () => nn.Linear(4, 4), [2, 4]);
        yield return Case("Linear", () => nn.Linear(4, 4), [2, 3, 4]);
        yield return Case("Bilinear", () => nn.Bilinear(4, 4, 2), [2, 4]);
        yield return Case("Conv1d", () => nn.Conv1d(4, 2, 3), [2, 4, 8]);
        yield return Case("Conv2d", () => nn.Conv2d(4, 2, 3), [2, 4, 8, 8]);
        yield return Case("Conv3d", () => nn.Conv3d(4, 2, 3), [2, 4, 8, 8, 8]);
        yield return Case("LayerNorm", () => nn.LayerNorm(4), [2, 4]);
        yield return Case("GroupNorm", () => nn.GroupNorm(2, 4), [2, 4, 3]);
        yield return Case("BatchNorm1d", () => nn.BatchNorm1d(4), [2, 4]);
        yield return Case("BatchNorm2d", () => nn.BatchNorm2d(4), [2, 4, 8, 8]);
        yield return Case("BatchNorm3d", () => nn.BatchNorm3d(4), [2, 4, 8, 8, 8]);
        yield return Case("InstanceNorm1d", () => nn.InstanceNorm1d(4, affine: true), [2, 4, 8]);
        yield return Case("InstanceNorm2d", () => nn.InstanceNorm2d(4, affine: true), [2, 4, 8, 8]);
        yield return Case("InstanceNorm3d", () => nn.InstanceNorm3d(4, affine: true), [2, 4, 8, 8, 8]);
        yield return Case("PReLU", () => nn.PReLU(1), [2, 4]);
        yield return Case("MultiheadAttention", () => nn.MultiheadAttention(4, 2), [2, 3, 4]);
        yield return Case("TransformerEncoderLayer", () => nn.TransformerEncoderLayer(4, 2, 8), [2, 3, 4]);
        yield return Case("TransformerDecoderLayer", () => nn.TransformerDecoderLayer(4, 2, 8), [2, 3, 4]);
        yield return Case(
            "TransformerEncoder",
            () => nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 2),
            [2, 3, 4]
        );
        yield return Case(
            "TransformerDecoder",
            () => nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 8), 2),
            [2, 3, 4]
        );
        yield return Case("Transformer", () => nn.Transformer(4, 2, 1, 1, 8), [2, 3, 4]);
        yield return Case("LSTM", () => nn.LSTM(4, 4), [2, 3, 4]);
        yield return Case("GRU", () => nn.GRU(4, 4), [2, 3, 4]);
    }

    private static TestCaseData Case(string name, Func<nn.Module> make, long[] shape) =>
        new TestCaseData(name, make, shape).SetArgDisplayNames(name, string.Join('x', shape));

    private static object? Call(nn.Module module, Tensor input) =>
        module switch
        {
            Bilinear bilinear => bilinear.call(input, input),
            MultiheadAttention attention => attention.call(input, input, input, null!, false, null!),
            TransformerEncoderLayer layer => layer.call(input),
            TransformerDecoderLayer layer => layer.call(input, input),
            TransformerEncoder encoder => encoder.call(input),
            TransformerDecoder decoder => decoder.call(input, input),
            Transformer transformer => transformer.call(input, input),
            LSTM lstm => lstm.call(input).Item1,
            GRU gru => gru.call(input).Item1,
            nn.Module<Tensor, Tensor> layer => layer.call(input),
            _ => throw new ArgumentException(module.GetType().Name),
        };

    /// <summary>A model that holds a module; it is not called.</summary>
    private sealed class Holder : nn.Module<Tensor, Tensor>
    {
        public Holder(nn.Module module)
            : base(nameof(Holder)) => register_module("module", module);

        public override Tensor forward(Tensor input) => input;
    }
}
