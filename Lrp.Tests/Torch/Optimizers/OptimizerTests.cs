using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Optimizers;

public sealed class OptimizerTests
{
    [Test]
    public void AParameterWithoutGradientStaysAsItIs()
    {
        using var parameter = nn.Parameter(ones(2));
        using var optimizer = optim.Adam([parameter]);
        optimizer.step();
        Assert.That(parameter.data<float>().ToArray(), Is.All.EqualTo(1f));
    }

    [Test]
    public void AStepReturnsTheClosuresLossWithGradientsOn()
    {
        using var problem = new Problem();
        using var optimizer = optim.SGD([problem.Parameter], 0.1);
        using var off = no_grad();
        using var loss = optimizer.step(() => problem.Backward(optimizer));
        Assert.That(loss.item<double>(), Is.EqualTo(0.5 * ((2 * 1.5 * 1.5) - (0.5 * 2 * 2))).Within(1e-12));
        Assert.That(problem.Values[0], Is.EqualTo(1.5 - (0.1 * 3)).Within(1e-12));
    }

    [Test]
    public void AStepLeavesNoTensorsBehind()
    {
        using var problem = new Problem();
        using var optimizer = optim.Adam([problem.Parameter], amsgrad: true);
        problem.Backward(optimizer).Dispose();
        optimizer.step();
        var statistics = DisposeScopeManager.Statistics;
        var before = statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 5; i++) optimizer.step();
        Assert.That(statistics.ThreadTotalLiveCount, Is.EqualTo(before));
    }

    [Test]
    public void ZeroGradSetsGradientsToZero()
    {
        using var problem = new Problem();
        using var optimizer = optim.SGD([problem.Parameter], 0.1);
        problem.Backward(optimizer);
        optimizer.zero_grad();
        Assert.That(problem.Parameter.grad!.data<double>().ToArray(), Is.All.Zero);
    }

    [Test]
    public void GroupsHaveTheirOwnOptionsAndTheOptimizersOtherwise()
    {
        using var first = nn.Parameter(ones(1));
        using var second = nn.Parameter(ones(1));
        using var optimizer = optim.SGD(
            [new SGD.ParamGroup([first], new SGD.Options { LearningRate = 1 }), new SGD.ParamGroup { Parameters = [second] }],
            0.25);
        (first + second).backward();
        optimizer.step();
        Assert.That(first.item<float>(), Is.Zero);
        Assert.That(second.item<float>(), Is.EqualTo(0.75f));
        Assert.That(optimizer.ParamGroups.Select(g => g.InitialLearningRate), Is.EqualTo(new[] { 1, 0.25 }));
        Assert.That(optimizer.parameters().Count(), Is.EqualTo(2));
    }

    [Test]
    public void AGroupMayBeAddedLater()
    {
        using var first = nn.Parameter(ones(1));
        using var second = nn.Parameter(ones(1));
        using var optimizer = optim.AdamW([first], 0.1);
        optimizer.add_param_group(new AdamW.ParamGroup([second], lr: 0.5));
        (first + second).backward();
        optimizer.step();
        Assert.That(first.item<float>(), Is.EqualTo(0.9f).Within(1e-6));
        Assert.That(second.item<float>(), Is.EqualTo(0.5f).Within(1e-6));
    }

    [Test]
    public void NamedParametersWillDo()
    {
        using var parameter = nn.Parameter(ones(1));
        using var optimizer = optim.SGD([("p", parameter)], 0.5);
        parameter.sum().backward();
        optimizer.step();
        Assert.That(parameter.item<float>(), Is.EqualTo(0.5f));
    }

    [Test]
    public void OptionsOutOfRangeAreErrors()
    {
        Parameter[] none = [];
        Assert.That(() => optim.SGD(none, -1), Throws.ArgumentException);
        Assert.That(() => optim.SGD(none, 1, nesterov: true), Throws.ArgumentException);
        Assert.That(() => optim.Adam(none, beta1: 1), Throws.ArgumentException);
        Assert.That(() => optim.AdamW(none, weight_decay: -1), Throws.ArgumentException);
        Assert.That(() => optim.RMSProp(none, eps: -1), Throws.ArgumentException);
    }

    [TestCaseSource(nameof(Optimizers))]
    public void AnOptimizerGoesOnFromItsStoredStateAsIfNothingHadHappened(Func<Parameter, OptimizerHelper> make)
    {
        using var whole = new Problem();
        using var uninterrupted = make(whole.Parameter);
        using var half = new Problem();
        using var first = make(half.Parameter);
        Run(whole, uninterrupted, 5);
        Run(half, first, 3);
        var stream = new MemoryStream();
        first.save_state_dict(new BinaryWriter(stream));

        using var second = make(half.Parameter);
        second.load_state_dict(new BinaryReader(new MemoryStream(stream.ToArray())));
        Run(half, second, 2);
        Assert.That(half.Values, Is.EqualTo(whole.Values).Within(1e-13));

        using var third = make(half.Parameter);
        third.load_state_dict(second.state_dict());
        Assert.That(third.state_dict().State[0].ApproximatelyEquals(second.state_dict().State[0]), Is.True);
        Assert.That(third.state_dict().State[0].ApproximatelyEquals(first.state_dict().State[0]), Is.False);
    }

    [Test]
    public void TheStoredStateOfAnotherOptimizerIsAnError()
    {
        using var problem = new Problem();
        using var sgd = optim.SGD([problem.Parameter], 0.1);
        using var adam = optim.Adam([problem.Parameter]);
        var stream = new MemoryStream();
        sgd.save_state_dict(new BinaryWriter(stream));
        Assert.That(
            () => adam.load_state_dict(new BinaryReader(new MemoryStream(stream.ToArray()))),
            Throws.InstanceOf<InvalidDataException>().With.Message.Contains("SGD"));
    }

    [Test]
    public void TheStateOfMomentumIsWrittenByteByByteAsTorchSharpWritesIt()
    {
        using var parameter = nn.Parameter(ones(1));
        using var optimizer = optim.SGD([parameter], 0.5, momentum: 0.25);
        parameter.sum().backward();
        optimizer.step();
        var stream = new MemoryStream();
        optimizer.save_state_dict(new BinaryWriter(stream));

        byte[] expected =
        [
            3, .. "SGD"u8, 1, 1,
            .. Doubles(0.5, 0.5, 0.25, 0, 0), 0, 0,
            1, 6, 1, 1, .. BitConverter.GetBytes(1f),
        ];
        Assert.That(stream.ToArray(), Is.EqualTo(expected));
    }

    private static TestCaseData[] Optimizers()
    {
        return
        [
            Case("SGD", p => optim.SGD([p], 0.1, 0.9)),
            Case("Adam", p => optim.Adam([p], 0.1, amsgrad: true)),
            Case("AdamW", p => optim.AdamW([p], 0.1)),
            Case("RMSProp", p => optim.RMSProp([p], 0.1, momentum: 0.5, centered: true)),
            Case("Adagrad", p => optim.Adagrad([p], 0.1)),
            Case("Adadelta", p => optim.Adadelta([p])),
            Case("Adamax", p => optim.Adamax([p])),
            Case("NAdam", p => optim.NAdam([p])),
        ];

        static TestCaseData Case(string name, Func<Parameter, OptimizerHelper> make) => new TestCaseData(make).SetArgDisplayNames(name);
    }

    private static void Run(Problem problem, optim.Optimizer optimizer, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            problem.Backward(optimizer);
            optimizer.step();
        }
    }

    private static byte[] Doubles(params double[] values) => values.SelectMany(BitConverter.GetBytes).ToArray();
}
