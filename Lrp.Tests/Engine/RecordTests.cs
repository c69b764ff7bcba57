using Lrp.Composites;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

[TestFixture]
public sealed class RecordTests
{
    [Test]
    public void TheOutputOfAModuleWithARuleIsRecorded()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: false);
        using var registration = Presets.EpsilonPlus().Register(model);
        using var record = registration.Record("conv2");

        var relevance = Networks.Explain(model, Networks.Images(2));

        Assert.Multiple(() =>
        {
            Assert.That(record.Relevance!.shape, Is.EqualTo(new long[] { 2, 6, 4, 4 }));
            Assert.That(record.Relevance!.sum().ToDouble(), Is.EqualTo(relevance.sum().ToDouble()).Within(1e-3));
        });
    }

    [Test]
    public void SoIsTheOutputOfAModuleWithoutOne()
    {
        using var scope = NewDisposeScope();
        using var model = Networks.Convolutional(bias: false);
        using var registration = Presets.EpsilonPlus().Register(model);
        using var pool = registration.Record("pool");
        using var whole = registration.Record("");

        Networks.Explain(model, Networks.Images(2));

        Assert.Multiple(() =>
        {
            Assert.That(pool.Relevance!.shape, Is.EqualTo(new long[] { 2, 4, 4, 4 }));
            Assert.That(whole.Relevance!.shape, Is.EqualTo(new long[] { 2, 3 }));
        });
    }

    [Test]
    public void ItHoldsTheLatestPassOnlyAndOutlivesScopes()
    {
        using var model = Networks.Convolutional(bias: false);
        using var registration = Presets.EpsilonPlus().Register(model);
        using var record = registration.Record("fc1");
        for (var i = 1; i <= 3; i++)
        {
            using var scope = NewDisposeScope();
            Networks.Explain(model, Networks.Images(i));
        }

        Assert.Multiple(() =>
        {
            Assert.That(record.All, Has.Count.EqualTo(1));
            Assert.That(record.Relevance!.shape, Is.EqualTo(new long[] { 3, 10 }));
        });
    }

    [Test]
    public void AnUnknownNameTellsTheClosest()
    {
        using var model = Networks.Convolutional(bias: false);
        using var registration = Presets.EpsilonPlus().Register(model);

        Assert.That(() => registration.Record("fc3"), Throws.ArgumentException.With.Message.Contains("'fc1'"));
    }
}
