using Lrp.Composites;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>Reports speak of one backward pass, and of the caller's.</summary>
[TestFixture]
public sealed class PassTests
{
    [Test]
    public void APassFromAHiddenTensorIsAPassOfItsOwn()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var first = nn.Linear(4, 5);
        var second = nn.Linear(5, 3);
        var model = nn.Sequential(("first", first), ("act", nn.ReLU()), ("second", second));
        using var registration = Presets.EpsilonPlus().Register(model);
        var x = randn(1, 4).requires_grad_();
        model.call(x)[0, 0].backward();

        var held = HeldMemory.Now().Tensors;
        var sums = new List<double>();
        for (var i = 0; i < 50; i++)
        {
            using var inner = NewDisposeScope();
            first.call(randn(1, 4).requires_grad_()).sum().backward();
            sums.Add(registration.Conservation().Layers.Single().RelevanceOut);
        }

        Assert.That(sums, Has.All.EqualTo(5).Within(1e-5), "the gradient of a sum of five is five ones");
        Assert.That(HeldMemory.Now().Tensors - held, Is.LessThan(20));
    }

    [Test]
    public void EachThreadReadsItsOwnPass()
    {
        using var model = nn.Sequential(("fc", nn.Linear(4, 3, hasBias: false)));
        using var registration = new Composite { { typeof(TorchSharp.Modules.Linear), LrpRule.Lrp0() } }.Register(
            model
        );
        using var record = registration.Record("fc");
        Parallel.For(
            0,
            8,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            number =>
            {
                for (var round = 0; round < 20; round++)
                {
                    using var scope = NewDisposeScope();
                    var x = full(number + 1, 4, round + 1.0f).requires_grad_();
                    model.call(x).sum().backward();
                    var report = registration.Conservation();
                    Assert.That(report.ModelInput, Is.EqualTo(x.grad!.sum().item<float>()).Within(1e-3));
                    Assert.That(record.All, Has.Count.EqualTo(1));
                    Assert.That(record.Relevance!.shape[0], Is.EqualTo(number + 1));
                }
            }
        );
    }

    [Test]
    public async Task APassIsReadAfterAnAwaitOnAnotherThread()
    {
        using var model = nn.Sequential(("fc", nn.Linear(4, 3, hasBias: false)));
        using var registration = new Composite { { typeof(TorchSharp.Modules.Linear), LrpRule.Lrp0() } }.Register(
            model
        );
        using var x = ones(1, 4).requires_grad_();
        using var y = model.call(x).sum();
        y.backward();
        var expected = registration.Conservation().ModelOutput;
        await Task.Run(() =>
        {
            using var other = full(1, 4, 7.0f).requires_grad_();
            using var sum = model.call(other).sum();
            sum.backward();
        });
        Assert.That(registration.Conservation().ModelOutput, Is.EqualTo(expected));
    }
}
