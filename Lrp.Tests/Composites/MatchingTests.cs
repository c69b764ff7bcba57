using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules;
using Lrp.Tests.Engine;
using TorchSharp;
using TorchSharp.Modules;

namespace Lrp.Tests.Composites;

[TestFixture]
public sealed class MatchingTests
{
    [Test]
    public void TheFirstEntryThatMatchesWins() =>
        Assert.That(
            RuleOf(new Composite { { typeof(Conv2d), new ZPlus() }, { typeof(Convolution), new Flat() } }, "conv1"),
            Is.TypeOf<ZPlus>()
        );

    [Test]
    public void ATypeMatchesItsSubclasses() =>
        Assert.That(RuleOf(new Composite { { typeof(Convolution), new Flat() } }, "conv1"), Is.TypeOf<Flat>());

    [Test]
    public void ANameBeatsAType() =>
        Assert.That(
            RuleOf(new Composite { { typeof(Linear), new Epsilon() }, { "fc2", new Flat() } }, "fc2"),
            Is.TypeOf<Flat>()
        );

    [TestCase("fc*")]
    [TestCase("f?2")]
    [TestCase("*c2")]
    public void APatternMatchesNames(string pattern) =>
        Assert.That(RuleOf(new Composite { { pattern, new Flat() } }, "fc2"), Is.TypeOf<Flat>());

    [Test]
    public void AStarSpansDots()
    {
        using var model = Nested();
        using var registration = new Composite { { "layer*.conv1", new Flat() } }.Register(model);

        Assert.That(
            registration.Sites.Select(site => site.Name),
            Is.EqualTo(new[] { "layer1.0.conv1", "layer1.1.conv1" })
        );
    }

    [Test]
    public void APredicateMatches() =>
        Assert.That(
            RuleOf(new Composite { { module => module is Linear { out_features: 3 }, new Flat() } }, "fc2"),
            Is.TypeOf<Flat>()
        );

    [Test]
    public void APredicateMaySeeTheName() =>
        Assert.That(
            RuleOf(new Composite { { (name, module) => name == "fc1", new Flat() } }, "fc1"),
            Is.TypeOf<Flat>()
        );

    [Test]
    public void NullLeavesAModuleAlone() =>
        Assert.That(RuleOf(new Composite { { "fc2", null }, { typeof(Linear), new Epsilon() } }, "fc2"), Is.Null);

    [Test]
    public void TheFirstLayerOfSomeTypesCanHaveARuleOfItsOwn()
    {
        var composite = new Composite
        {
            { LayerTypes.Linear, new Epsilon() },
            { LayerKey.First(LayerTypes.Linear), new Flat() },
            { LayerKey.Last(LayerTypes.Linear), new WSquare() },
        };
        using var model = Networks.Convolutional(bias: true);
        using var registration = composite.Register(model);
        model.call(Networks.Images(1)).Dispose();

        Assert.That(
            registration.Sites.Select(site => site.Rule!.GetType().Name),
            Is.EqualTo(new[] { "Flat", "Epsilon", "Epsilon", "WSquare" })
        );
    }

    [Test]
    public void AnotherCompositeCanBeAddedBehindOnesOwnEntries() =>
        Assert.That(
            RuleOf(new Composite { { "conv1", new WSquare() }, Presets.EpsilonPlus() }, "conv1"),
            Is.TypeOf<WSquare>()
        );

    [Test]
    public void WhatIsNoModuleTypeIsRefused() =>
        Assert.That(() => new Composite { { typeof(string), new Flat() } }, Throws.ArgumentException);

    [Test]
    public void APatternThatMatchesNothingIsReported()
    {
        using var model = Networks.Convolutional(bias: true);
        var logger = new CollectingLogger();
        new Composite { { "block*", new Flat() } }
            .Register(model, logger)
            .Dispose();

        Assert.That(logger.Warnings, Has.Some.Contains("block*"));
    }

    [Test]
    public void DescribeListsTheEntries() =>
        Assert.That(
            new Composite { { "fc*", new Flat() }, { typeof(ReLU), null } }.Describe(),
            Is.EqualTo("\"fc*\": Flat(stabilizer: 1e-06)\nReLU: plain gradient")
        );

    private static Rule? RuleOf(Composite composite, string name)
    {
        using var model = Networks.Convolutional(bias: true);
        using var registration = composite.Register(model);
        return registration.Sites.SingleOrDefault(site => site.Name == name)?.Rule;
    }

    private static Sequential Nested() =>
        torch.nn.Sequential(
            (
                "layer1",
                torch.nn.Sequential(
                    (
                        "0",
                        torch.nn.Sequential(("conv1", torch.nn.Conv2d(1, 1, 1)), ("conv2", torch.nn.Conv2d(1, 1, 1)))
                    ),
                    ("1", torch.nn.Sequential(("conv1", torch.nn.Conv2d(1, 1, 1))))
                )
            )
        );
}
