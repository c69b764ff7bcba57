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
    public void A_map_has_the_colours_the_field_knows_at_its_ends_and_middle(string name, string low, string middle, string high)
    {
        ColorMap map = ColorMap.Named(name);
        Assert.That(new[] { map.At(0), map.At(0.5), map.At(1) }.Select(color => color.ToString()), Is.EqualTo(new[] { low, middle, high }));
    }

    [Test]
    public void Values_outside_get_the_colour_of_the_nearer_end()
    {
        Assert.That(ColorMap.Bwr.At(-3), Is.EqualTo(ColorMap.Bwr.At(0)));
        Assert.That(ColorMap.Bwr.At(3), Is.EqualTo(ColorMap.Bwr.At(1)));
    }

    [Test]
    public void An_unknown_name_is_answered_with_the_known_ones() =>
        Assert.That(() => ColorMap.Named("viridis"), Throws.ArgumentException.With.Message.Contains("seismic, bwr, coldnhot, grey"));

    [Test]
    public void A_map_of_ones_own_must_ascend() =>
        Assert.That(() => new ColorMap("mine", (0, 0), (0.5, 1), (0.5, 2), (1, 3)), Throws.ArgumentException.With.Message.Contains("ascend from 0 to 1"));
}
