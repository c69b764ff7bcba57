using System.Text.Json;
using System.Xml.Linq;
using Lrp.Composites;
using Lrp.Decomposition.Agglomeration;
using Lrp.Decomposition.Families;
using Lrp.Pictures;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>
/// Trees of regions: they start from single units, hold every unit once a level, and end in the whole.
/// </summary>
[TestFixture]
public sealed class AgglomerationTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Begin()
    {
        _scope = NewDisposeScope();
        manual_seed(2);
    }

    [TearDown]
    public void End() => _scope.Dispose();

    [Test]
    public void ARegionOfAnImageIsWhatItsChildrenAreTogether([Values("cd", "build_up", "occlusion")] string method)
    {
        using var model = nn.Sequential(nn.Conv2d(1, 4, 3L), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 10 * 10, 3))
            .to(ScalarType.Float64);
        var image = randn(1, 1, 12, 12, ScalarType.Float64);
        using RegionScorer scorer = method switch
        {
            "cd" => new ContextualScorer(
                new Composite { { typeof(nn.Module), new ContextualDecomposition() } },
                model,
                image
            ),
            "build_up" => MaskingScorer.BuildUp(model, image),
            _ => MaskingScorer.Occlusion(model, image),
        };
        var tree = new ImageAgglomeration
        {
            Class = 1,
            PatchSize = 2,
            Steps = 20,
        }.Build(scorer, image);
        Assert.That(tree.Root.Units, Is.EqualTo(Enumerable.Range(0, 36)));
        foreach (var region in tree.Regions.Where(region => region.Children.Count > 0))
        {
            Assert.That(region.Children.SelectMany(child => child.Units).Order(), Is.EqualTo(region.Units));
        }
    }

    [Test]
    public void RegionsThatMatterAloneAreChosenFirst()
    {
        // Only two separate pixels say anything.
        var scorer = RegionScorer.From(masks =>
            masks
                .to_type(ScalarType.Float64)
                .flatten(1)
                .index_select(1, tensor(new long[] { 0, 15 }))
                .sum([1L])
                .unsqueeze(1)
        );
        var tree = new ImageAgglomeration
        {
            Class = 0,
            PatchSize = 1,
            Steps = 1,
        }.Build(scorer, zeros(1, 1, 4, 4));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(tree.Steps[1].Components[0], Is.EqualTo(1));
            Assert.That(tree.Steps[1].Components[15], Is.EqualTo(2));
            Assert.That(tree.Root.Score, Is.EqualTo(2));
        }
    }

    [Test]
    public void AnInteractionIsWhatAPhraseSaysBeyondItsWords()
    {
        // "not" and "good" together mean the opposite of "good".
        var scorer = RegionScorer.From(masks =>
        {
            var own = masks.to_type(ScalarType.Float64).flatten(1);
            return (own[.., 2] - 3 * own[.., 1] * own[.., 2]).unsqueeze(1);
        });
        var tree = new TextAgglomeration { Class = 0 }.Build(scorer, arange(4, ScalarType.Int64));
        var phrase = tree.Regions.First(region =>
            region.Units.Contains(1)
            && region.Units.Contains(2)
            && region.Children.Count > 0
            && !region.Children.Any(child => child.Units.Contains(1) && child.Units.Contains(2))
        );
        Assert.That(phrase.Interaction, Is.EqualTo(-3).Within(1e-12));
    }

    [Test]
    public void ATreeIsWrittenAsJsonAndDrawn()
    {
        string[] words = ["not", "a", "good", "film", "<b>"];
        var scorer = RegionScorer.From(masks =>
            masks.to_type(ScalarType.Float64).flatten(1).matmul(tensor(new[] { -1.0, 0, 2, 0.5, 0.1 })).unsqueeze(1)
        );
        var tree = new TextAgglomeration { Class = 0 }.Build(scorer, arange(5, ScalarType.Int64));
        using var json = JsonDocument.Parse(tree.ToJson(words));
        Assert.That(
            json.RootElement.GetProperty("root").GetProperty("score").GetDouble(),
            Is.EqualTo(1.6).Within(1e-12)
        );
        var svg = XDocument.Parse(TextHierarchy.ToSvg(tree, words));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                svg.Descendants().Count(element => element.Name.LocalName == "rect"),
                Is.EqualTo(tree.Regions.Count())
            );
            Assert.That(TextHierarchy.ToHtml(tree, words, "A & B"), Does.Contain("A &amp; B").And.Not.Contain("<b>"));
        }

        var image = new ImageAgglomeration { Class = 0, PatchSize = 2 }.Build(
            RegionScorer.From(masks => masks.to_type(ScalarType.Float64).flatten(1).sum([1L]).unsqueeze(1)),
            zeros(1, 1, 6, 6)
        );
        var strip = ImageHierarchy.Strip(image, new Picture(12, 12));
        Assert.That(strip.Width, Is.GreaterThanOrEqualTo(12 * (image.Steps.Count + 1)));
    }
}
