using System.Text.Json;
using Lrp.Attribution;
using Lrp.Core.Conservation;
using Lrp.Pictures;
using static TorchSharp.torch;

namespace Lrp.Tests.Attribution;

/// <summary>Relevance is saved as a picture, a page or numbers, by the ending of the file's name.</summary>
[TestFixture]
public sealed class SavedAttributionTests
{
    private DirectoryInfo _folder = null!;

    [SetUp]
    public void Begin() => _folder = Directory.CreateTempSubdirectory();

    [TearDown]
    public void End() => _folder.Delete(recursive: true);

    [Test]
    public void OneImageIsOneHeatmap()
    {
        using var result = new AttributionResult(rand(1, 3, 8, 16), [1]);
        var picture = SavedPicture(result);
        Assert.That((picture.Width, picture.Height), Is.EqualTo((16 * 16, 8 * 16)));
        Assert.That(
            picture.Pixels.SequenceEqual(
                Heatmap.Render(result.Relevance[0], new HeatmapOptions { PixelSize = 16 }).Pixels
            )
        );
    }

    [Test]
    public void AnImageWithItsChannelsLastIsTheSameHeatmap()
    {
        using var image = rand(1, 3, 8, 16);
        using var first = new AttributionResult(image.alias(), [1]);
        using var last = new AttributionResult(image.permute(0, 2, 3, 1), [1]);
        Assert.That(SavedPicture(last).Pixels.SequenceEqual(SavedPicture(first).Pixels));
    }

    [TestCase(2L, 5L)]
    [TestCase(2L, 4L, 7L)]
    [TestCase(2L, 3L, 6L, 6L)]
    [TestCase(2L, 3L, 2L, 6L, 6L)]
    [TestCase(2L)]
    public void SamplesOfAnyShapeAreBesideEachOther(params long[] shape)
    {
        using var result = new AttributionResult(rand(shape), [1, 2]);
        var picture = SavedPicture(result);
        Assert.That(picture.Width, Is.GreaterThan(64));
    }

    [Test]
    public void TokensAreASquareEach()
    {
        using var result = OfTokens();
        var picture = SavedPicture(result);
        Assert.That((picture.Width, picture.Height), Is.EqualTo((3 * 32, 32)));
    }

    [Test]
    public void JsonHasAllNumbers()
    {
        using var result = OfTokens();
        using var document = JsonDocument.Parse(File.ReadAllText(Saved(result, "why.json")));
        var input = document.RootElement.GetProperty("inputs")[0];
        Assert.That(Longs(input.GetProperty("shape")), Is.EqualTo(new long[] { 1, 3, 2 }));
        Assert.That(Longs(input.GetProperty("ids")), Is.EqualTo(new long[] { 7, 8, 9 }));
        Assert.That(
            input.GetProperty("relevance").EnumerateArray().Select(number => number.GetDouble()),
            Is.EqualTo(new double[] { 1, 2, 3, 4, 5, 6 })
        );
    }

    [Test]
    public void APageAndATextHaveTheSums()
    {
        using var result = OfTokens();
        Assert.That(File.ReadAllText(Saved(result, "why.html")), Does.Contain(">21<").And.Contain("<img"));
        Assert.That(File.ReadAllText(Saved(result, "why.txt")), Does.Contain("relevance 21").And.Contain("token 8: 7"));
    }

    [Test]
    public void AnotherEndingIsRefused()
    {
        using var result = OfTokens();
        Assert.That(() => result.Save("why.gif"), Throws.ArgumentException.With.Message.Contains(".png"));
    }

    [Test]
    public void ThePredictedClassIsAlsoWrittenAsAMethod() =>
        Assert.That(Target.Predicted(), Is.SameAs(Target.Predicted));

    private static AttributionResult OfTokens() =>
        new(
            [
                new InputRelevance(
                    "words",
                    0,
                    arange(1, 7, ScalarType.Float32).reshape(1, 3, 2),
                    tensor(
                        new long[,]
                        {
                            { 7, 8, 9 },
                        }
                    )
                ),
            ],
            Array.Empty<EmbeddingRelevance>(),
            [20]
        );

    private static IEnumerable<long> Longs(JsonElement numbers) =>
        numbers.EnumerateArray().Select(number => number.GetInt64());

    private Picture SavedPicture(AttributionResult result) => Picture.Load(Saved(result, "why.png"));

    private string Saved(AttributionResult result, string name)
    {
        var path = Path.Combine(_folder.FullName, name);
        result.Save(path);
        return path;
    }
}
