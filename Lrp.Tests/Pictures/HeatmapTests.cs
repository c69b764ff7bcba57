using Lrp.Pictures;
using static TorchSharp.torch;

namespace Lrp.Tests.Pictures;

/// <summary>From relevance to colours.</summary>
[TestFixture]
public sealed class HeatmapTests
{
    private static readonly Rgb White = Rgb.Hex(0xffffff);
    private static readonly Rgb Red = Rgb.Hex(0xff0000);
    private static readonly Rgb Blue = Rgb.Hex(0x0000ff);
    private static readonly HeatmapOptions Bwr = new() { ColorMap = ColorMap.Bwr };

    [Test]
    public void NoRelevanceIsTheMiddleAndTheLargestOfEitherSignTheEnd()
    {
        var picture = Heatmap.Render(
            new[,]
            {
                { -4.0, 0.0, 2.0, 4.0 },
            },
            Bwr
        );
        Assert.That(picture.Row(0).ToArray(), Is.EqualTo(new[] { Blue, White, Rgb.Hex(0xff8080), Red }));
    }

    [Test]
    public void AllZeroIsTheMiddleEverywhere() =>
        Assert.That(Heatmap.Render(new double[2, 2], Bwr).Row(1).ToArray(), Is.All.EqualTo(White));

    [Test]
    public void PositiveShowsOnlyWhatSpeaksForTheOutput()
    {
        var picture = Heatmap.Render(
            new[,]
            {
                { -4.0, 0.0, 1.0 },
            },
            new() { ColorMap = ColorMap.Grey, Range = HeatmapRange.Positive }
        );
        Assert.That(picture.Row(0).ToArray(), Is.EqualTo(new[] { Rgb.Hex(0), Rgb.Hex(0), White }));
    }

    [Test]
    public void AbsoluteDropsTheSign()
    {
        var picture = Heatmap.Render(
            new[,]
            {
                { -4.0, 0.0, 4.0 },
            },
            new() { ColorMap = ColorMap.Grey, Range = HeatmapRange.Absolute }
        );
        Assert.That(picture.Row(0).ToArray(), Is.EqualTo(new[] { White, Rgb.Hex(0), White }));
    }

    [Test]
    public void SmallestToLargestTakesTheWholeMap()
    {
        var picture = Heatmap.Render(
            new[,]
            {
                { 2.0, 3.0, 4.0 },
            },
            new() { ColorMap = ColorMap.Grey, Range = HeatmapRange.MinToMax }
        );
        Assert.That(picture.Row(0).ToArray(), Is.EqualTo(new[] { Rgb.Hex(0), Rgb.Hex(0x808080), White }));
    }

    [Test]
    public void AGammaBelowOneStrengthensSmallRelevance()
    {
        var picture = Heatmap.Render(
            new[,]
            {
                { 0.25, 1.0 },
            },
            Bwr with
            {
                Gamma = 0.5,
            }
        );
        Assert.That(picture[0, 0], Is.EqualTo(Rgb.Hex(0xff8080)));
    }

    [Test]
    public void AnOutlierBeyondThePercentileDoesNotFadeTheRest()
    {
        var relevance = new double[1, 101];
        for (var i = 0; i < 100; i++)
        {
            relevance[0, i] = 1;
        }

        relevance[0, 100] = 1_000;
        Assert.Multiple(() =>
        {
            Assert.That(Heatmap.Render(relevance, Bwr)[0, 0], Is.EqualTo(White));
            Assert.That(Heatmap.Render(relevance, Bwr with { ClipPercentile = 99 })[0, 0], Is.EqualTo(Red));
        });
    }

    [Test]
    public void RelevanceSoSparseThatItsPercentileIsZeroIsStillSeen()
    {
        var relevance = new double[10, 10];
        relevance[3, 4] = -1;
        Assert.That(Heatmap.Render(relevance, Bwr with { ClipPercentile = 90 })[4, 3], Is.EqualTo(Blue));
    }

    [Test]
    public void NanAndInfinityAreShownNotHidden()
    {
        var picture = Heatmap.Render(
            new[,]
            {
                { double.NaN, double.PositiveInfinity, 1.0 },
            },
            Bwr
        );
        Assert.That(picture.Row(0).ToArray(), Is.EqualTo(new[] { Rgb.Hex(0xff00ff), Rgb.Hex(0xff00ff), Red }));
    }

    [Test]
    public void ChannelsAreSummed()
    {
        using var relevance = tensor(new double[] { 1, -1, 1, 3 }, new long[] { 2, 1, 2 });
        Assert.That(Heatmap.Render(relevance, Bwr).Row(0).ToArray(), Is.EqualTo(new[] { Red, Red }));
    }

    [Test]
    public void ABatchGivesAPictureEachOnItsOwnScaleOrOnOne()
    {
        using var relevance = tensor(new float[] { 1, 0, 2, 0 }, new long[] { 2, 1, 1, 2 });
        var own = Heatmap.RenderBatch(relevance, Bwr);
        var shared = Heatmap.RenderBatch(relevance, Bwr with { SharedScale = true });
        Assert.Multiple(() =>
        {
            Assert.That(own.Select(picture => picture[0, 0]), Is.EqualTo(new[] { Red, Red }));
            Assert.That(shared.Select(picture => picture[0, 0]), Is.EqualTo(new[] { Rgb.Hex(0xff8080), Red }));
        });
    }

    [Test]
    public void AnotherNumberOfDimensionsIsRefusedWithTheShapeAndTheRemedy()
    {
        using var batch = zeros(2, 3, 4, 5);
        Assert.That(
            () => Heatmap.Render(batch),
            Throws.ArgumentException.With.Message.Contains("[2, 3, 4, 5]").And.Message.Contains("RenderBatch")
        );
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(double.NaN)]
    public void AGammaThatIsNoExponentIsRefused(double gamma) =>
        Assert.That(
            () => Heatmap.Render(new double[1, 1], Bwr with { Gamma = gamma }),
            Throws.ArgumentException.With.Message.Contains("gamma")
        );

    [Test]
    public void AnOverlayShowsTheInputWhereNothingIsRelevantAndTheColourWhereMostIs()
    {
        var overlay = Heatmap.Overlay(
            new Picture(2, 1, White),
            new[,]
            {
                { 0.0, 1.0 },
            },
            Bwr
        );
        Assert.Multiple(() =>
        {
            Assert.That(overlay[0, 0], Is.EqualTo(Rgb.Hex(0xd0d0d0)));
            Assert.That(overlay[1, 0], Is.EqualTo(Red));
        });
    }

    [Test]
    public void AnOverlayOfAnotherSizeIsRefused() =>
        Assert.That(
            () => Heatmap.Overlay(new Picture(4, 4), new double[2, 2]),
            Throws.ArgumentException.With.Message.Contains("2 x 2").And.Message.Contains("4 x 4")
        );

    [Test]
    public void AnInputIsDrawnFromItsSmallestToItsLargestValueOrAsItWasNormalized()
    {
        using var image = tensor(new float[] { -1, 0, 1 }, new long[] { 1, 1, 3 });
        Assert.Multiple(() =>
        {
            Assert.That(
                InputPicture.Render(image).Row(0).ToArray(),
                Is.EqualTo(new[] { Rgb.Hex(0), Rgb.Hex(0x808080), White })
            );
            Assert.That(
                InputPicture.Render(image, mean: [0], standardDeviation: [1]).Row(0).ToArray(),
                Is.EqualTo(new[] { Rgb.Hex(0), Rgb.Hex(0), White })
            );
        });
    }
}
