using Lrp.Pictures;

namespace Lrp.Tests.Pictures;

/// <summary>The field's colour maps.</summary>
[TestFixture]
public sealed class ColorMapTests
{
    [TestCase("seismic", "#00004c", "#ffffff", "#800000")]
    [TestCase("bwr", "#0000ff", "#ffffff", "#ff0000")]
    [TestCase("coldnhot", "#00ffff", "#000000", "#ffffff")]
    [TestCase("grey", "#000000", "#808080", "#ffffff")]
    public void AMapHasTheColoursTheFieldKnowsAtItsEndsAndMiddle(string name, string low, string middle, string high)
    {
        var map = ColorMap.Named(name);
        Assert.That(
            new[] { map.At(0), map.At(0.5), map.At(1) }.Select(color => color.ToString()),
            Is.EqualTo(new[] { low, middle, high })
        );
    }

    [Test]
    public void ValuesOutsideGetTheColourOfTheNearerEnd()
    {
        Assert.That(ColorMap.Bwr.At(-3), Is.EqualTo(ColorMap.Bwr.At(0)));
        Assert.That(ColorMap.Bwr.At(3), Is.EqualTo(ColorMap.Bwr.At(1)));
    }

    [Test]
    public void AnUnknownNameIsAnsweredWithTheKnownOnes() =>
        Assert.That(
            () => ColorMap.Named("viridis"),
            Throws.ArgumentException.With.Message.Contains("seismic, bwr, coldnhot, grey")
        );

    [Test]
    public void AMapOfOnesOwnMustAscend() =>
        Assert.That(
            () => new ColorMap("mine", (0, 0), (0.5, 1), (0.5, 2), (1, 3)),
            Throws.ArgumentException.With.Message.Contains("ascend from 0 to 1")
        );
}
