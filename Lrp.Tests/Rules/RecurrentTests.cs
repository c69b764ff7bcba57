using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules.RecurrentRules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Rules;

/// <summary>The rule for LSTM, GRU and RNN layers.</summary>
[TestFixture]
public sealed class RecurrentTests
{
    private static readonly string[] Kinds = ["LSTM", "GRU", "tanh", "ReLU"];

    private static readonly bool[] Either = [false, true];

    private static IEnumerable<RecurrentCase> Cases() =>
        from kind in Kinds
        from layers in new[] { 1, 2 }
        from bidirectional in Either
        from batchFirst in Either
        from hasStates in Either
        select new RecurrentCase(kind, layers, bidirectional, batchFirst, hasStates);

    private static IEnumerable<TestCaseData> Stabilizers() =>
        from kind in Kinds
        from stabilizer in new[]
        {
            Stabilizer.Signed(0.1),
            Stabilizer.Unsigned(0.01),
            Stabilizer.Clipped(0.1),
            Stabilizer.Signed(0.1).ScaledByNorm(),
        }
        select new TestCaseData(new RecurrentCase(kind, 2, true, HasStates: true), stabilizer);

    [TestCaseSource(nameof(Cases))]
    public void WithoutBiasesAllRelevanceArrives(RecurrentCase @case)
    {
        using var scope = NewDisposeScope();
        using var module = (@case with { HasBias = false }).Module();
        var (relevance, start) = Relevance(module, @case.Arguments(), 0);
        Assert.That(Sum(relevance), Is.EqualTo(Sum(start)).Within(1e-9));
    }

    [TestCaseSource(nameof(Cases))]
    public void ItIsInputTimesGradientWithConstantGates(RecurrentCase @case)
    {
        using var scope = NewDisposeScope();
        AssertIsTheReference(@case, 0);
    }

    [TestCaseSource(nameof(Stabilizers))]
    public void EverySumIsStabilized(RecurrentCase @case, Stabilizer stabilizer)
    {
        using var scope = NewDisposeScope();
        AssertIsTheReference(@case, stabilizer);
    }

    [Test]
    public void AsManySamplesAsStepsAreToldApart(
        [ValueSource(nameof(Kinds))] string kind,
        [Values] bool batchFirst,
        [Values] bool bidirectional
    )
    {
        using var scope = NewDisposeScope();
        AssertIsTheReference(new RecurrentCase(kind, 2, bidirectional, batchFirst, Steps: 4, Samples: 4), 0);
    }

    [Test]
    public void OneStepOfOneSampleIsEnough([ValueSource(nameof(Kinds))] string kind)
    {
        using var scope = NewDisposeScope();
        AssertIsTheReference(new RecurrentCase(kind, HasStates: true, Steps: 1, Samples: 1), 0);
    }

    [Test]
    public void OutputsWithoutRelevanceCountAsZero([ValueSource(nameof(Kinds))] string kind)
    {
        using var scope = NewDisposeScope();
        var @case = new RecurrentCase(kind, 2, true, HasStates: true);
        using var module = @case.Module();
        var arguments = @case.Arguments();
        var (all, start) = Relevance(module, arguments, 1e-3);
        var parts = Enumerable.Range(0, start.Length).Select(k => Relevance(module, arguments, 1e-3, only: k).Inputs);
        var sums = parts.Aggregate((left, right) => [.. left.Zip(right, (a, b) => a + b)]);
        AssertClose(sums, all);
    }

    /// <summary>The rule need not know such sequences.</summary>
    [Test]
    public void TorchSharpTakesNoSequenceWithoutABatch([ValueSource(nameof(Kinds))] string kind)
    {
        using var scope = NewDisposeScope();
        var @case = new RecurrentCase(kind, HasStates: true);
        using var module = @case.Module();
        Tensor[] single = [.. @case.Arguments().Select(argument => argument.select(1, 0))];
        Assert.That(
            () => RecurrentCase.Call(module, single),
            Throws.Exception.With.Message.Contains("input must have 3 dimensions")
        );
    }

    [Test]
    public void AStateThatRequiresNoGradientIsAConstant([ValueSource(nameof(Kinds))] string kind)
    {
        using var scope = NewDisposeScope();
        var @case = new RecurrentCase(kind, 2, HasStates: true);
        using var module = @case.Module();
        var arguments = @case.Arguments();
        var (expected, _) = Relevance(module, arguments, 0);
        Tensor[] constants = [arguments[0], .. arguments[1..].Select(argument => argument.detach())];
        var (relevance, _) = Relevance(module, constants, 0);
        AssertClose(relevance, [expected[0]]);
    }

    [Test]
    public void AStateGetsRelevanceWhereTheSequenceIsAConstant([ValueSource(nameof(Kinds))] string kind)
    {
        using var scope = NewDisposeScope();
        var @case = new RecurrentCase(kind, 2, HasStates: true);
        using var module = @case.Module();
        var arguments = @case.Arguments();
        var (expected, _) = Relevance(module, arguments, 0);
        var (relevance, _) = Relevance(module, [arguments[0].detach(), .. arguments[1..]], 0);
        AssertClose(relevance, expected[1..]);
    }

    [Test]
    public void SinglePrecisionIsEnough([ValueSource(nameof(Kinds))] string kind)
    {
        using var scope = NewDisposeScope();
        var @case = new RecurrentCase(kind, 2, true, HasStates: true);
        using var module = @case.Module();
        var arguments = @case.Arguments();
        var (expected, _) = Relevance(module, arguments, 0.1);
        module.to(ScalarType.Float32);
        var (relevance, _) = Relevance(
            module,
            Detached(arguments.Select(argument => argument.to(ScalarType.Float32))),
            0.1
        );
        Assert.That(relevance.Select(part => part.dtype), Is.All.EqualTo(ScalarType.Float32));
        AssertClose([.. relevance.Select(part => part.to(ScalarType.Float64))], expected, 1e-4);
    }

    /// <summary>No output of such an RNN tells tanh from ReLU by its sign.</summary>
    [TestCase("tanh")]
    [TestCase("ReLU")]
    public void TheActivationOfAnRnnIsRecognizedWhereNoOutputIsNegative(string kind)
    {
        using var scope = NewDisposeScope();
        var @case = new RecurrentCase(kind, 2);
        using var module = @case.Module();
        var arguments = Detached(@case.Arguments().Select(argument => argument.abs()));
        using (no_grad())
        {
            foreach (var parameter in module.parameters())
            {
                parameter.abs_();
            }
        }

        AssertIsTheReference(@case, 0, module, arguments);
    }

    [Test]
    public void RelevanceOfZeroSumsIsNotANumberNowhere([ValueSource(nameof(Kinds))] string kind)
    {
        using var scope = NewDisposeScope();
        var @case = new RecurrentCase(kind, 2, HasBias: false);
        using var module = @case.Module();
        var arguments = Detached(@case.Arguments().Select(argument => zeros_like(argument)));
        var (relevance, _) = Relevance(module, arguments, 0);
        Assert.That(relevance[0].count_nonzero().ToInt64(), Is.Zero);
    }

    [Test]
    public void OtherModulesAreRefused()
    {
        using var module = nn.Linear(2, 2);
        Assert.That(
            () => new Composite { { "", LrpRule.Recurrent() } }.Register(module),
            Throws.ArgumentException.With.Message.Contains("it is defined for LSTM, GRU and RNN")
        );
    }

    [Test]
    public void AProjectionOfTheHiddenStateIsRefused()
    {
        using var module = nn.LSTM(2, 3);
        module.register_parameter("weight_hr_l0", nn.Parameter(zeros(1, 3)));
        Assert.That(new Recurrent().Validate(module), Does.Contain("proj_size"));
    }

    [Test]
    public void DropoutInTrainingModeIsRefused([ValueSource(nameof(Kinds))] string kind)
    {
        using var scope = NewDisposeScope();
        var @case = new RecurrentCase(kind, 2);
        using var module = @case.Module(dropout: 0.1);
        Assert.That(
            () => Relevance(module, @case.Arguments(), 0),
            Throws
                .Exception.With.Message.Contains("drops activations at random")
                .Or.InnerException.Message.Contains("drops activations at random")
        );
    }

    [Test]
    public void DropoutInEvaluationModeIsNone([ValueSource(nameof(Kinds))] string kind)
    {
        using var scope = NewDisposeScope();
        var @case = new RecurrentCase(kind, 2);
        using var module = @case.Module(dropout: 0.5);
        module.eval();
        AssertIsTheReference(@case, 0, module, @case.Arguments());
    }

    [Test]
    public void TrainingModeWithoutDropoutIsNoMatter([ValueSource(nameof(Kinds))] string kind)
    {
        using var scope = NewDisposeScope();
        var @case = new RecurrentCase(kind, 2);
        using var module = @case.Module();
        module.train();
        AssertIsTheReference(@case, 0, module, @case.Arguments());
    }

    [Test]
    public void APackedSequenceGoesPastTheRule()
    {
        using var scope = NewDisposeScope();
        using var model = new PackedGru();
        using var registration = new Composite { { LayerTypes.Recurrent, LrpRule.Recurrent() } }.Register(model);
        model.call(randn([4, 3, RecurrentCase.Features]).requires_grad_()).sum().backward();
        Assert.That(registration.Describe(), Does.Match("gru.*not called"));
    }

    [Test]
    public void NothingIsKept([ValueSource(nameof(Kinds))] string kind)
    {
        var @case = new RecurrentCase(kind, 2, true, HasStates: true);
        using var module = @case.Module();
        Once(@case, module);
        var before = HeldMemory.Now();
        for (var k = 0; k < 3; k++)
        {
            Once(@case, module);
        }

        HeldMemory.AssertNoMoreThan(before);
    }

    [Test]
    public void PresetsForLrpHaveItWithTheEpsilonOfDenseLayers()
    {
        using var module = nn.GRU(2, 3);
        using var registration = Presets.EpsilonPlus(epsilon: 0.25).Register(module);
        Assert.That(registration.Describe(), Does.Contain("Recurrent(epsilon: 0.25)"));
    }

    [Test]
    public void OtherPresetsLeaveRecurrentLayersAlone()
    {
        using var module = nn.GRU(2, 3);
        using var registration = Presets.ExcitationBackprop().Register(module);
        Assert.That(registration.Describe(), Does.Not.Contain("Recurrent"));
    }

    private static void Once(RecurrentCase @case, nn.Module module)
    {
        using var scope = NewDisposeScope();
        _ = Relevance(module, @case.Arguments(), 1e-6);
    }

    private static void AssertIsTheReference(RecurrentCase @case, Stabilizer stabilizer)
    {
        using var module = @case.Module();
        AssertIsTheReference(@case, stabilizer, module, @case.Arguments());
    }

    private static void AssertIsTheReference(
        RecurrentCase @case,
        Stabilizer stabilizer,
        nn.Module module,
        Tensor[] arguments
    )
    {
        var (relevance, start) = Relevance(module, arguments, stabilizer);
        AssertClose(relevance, new RecurrentReference(@case, module, stabilizer).Relevance(arguments, start));
    }

    /// <summary>Relevance of the arguments that require a gradient, and that of the outputs.</summary>
    private static (Tensor[] Inputs, Tensor[] Outputs) Relevance(
        nn.Module module,
        Tensor[] arguments,
        Stabilizer stabilizer,
        int? only = null
    )
    {
        using var registration = new Composite { { "", LrpRule.Recurrent(stabilizer) } }.Register(
            module,
            start: RelevanceStart.Gradient
        );
        Tensor[] inputs = [.. arguments.Select(argument => argument.detach().requires_grad_(argument.requires_grad))];
        var outputs = RecurrentCase.Call(module, inputs);
        var start = RecurrentCase.Start(outputs);
        int[] explained = only is { } one ? [one] : [.. Enumerable.Range(0, outputs.Length)];
        autograd.backward([.. explained.Select(k => outputs[k])], [.. explained.Select(k => start[k])]);
        registration.ThrowIfFaulted();
        return ([.. inputs.Where(input => input.requires_grad).Select(input => input.grad!)], start);
    }

    private static Tensor[] Detached(IEnumerable<Tensor> tensors) =>
        [.. tensors.Select(tensor => tensor.detach().requires_grad_())];

    private static double Sum(Tensor[] tensors) => tensors.Sum(tensor => tensor.sum().ToDouble());

    private static void AssertClose(Tensor[] actual, Tensor[] expected, double tolerance = 1e-10)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        for (var k = 0; k < expected.Length; k++)
        {
            Assert.That(actual[k].shape, Is.EqualTo(expected[k].shape), $"shape of input {k}");
            var deviation = (actual[k] - expected[k]).abs().max().ToDouble() / expected[k].abs().max().ToDouble();
            TestContext.Out.WriteLine($"deviation {deviation:g2}");
            Assert.That(deviation, Is.LessThan(tolerance), $"input {k}");
        }
    }

    private sealed class PackedGru : nn.Module<Tensor, Tensor>
    {
        [TorchSharp.Utils.ComponentName(Name = "gru")]
        private readonly TorchSharp.Modules.GRU _gru = nn.GRU(RecurrentCase.Features, RecurrentCase.Hidden);

        public PackedGru()
            : base(nameof(PackedGru)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var packed = nn.utils.rnn.pack_padded_sequence(input, tensor([4L, 3L, 2L]));
            return _gru.call(packed).Item2;
        }
    }
}
