using System.Text;
using System.Text.Json;
using Lrp.Models.Transformers.Brands;
using Lrp.Tests.Golden;

namespace Lrp.Tests.Docs;

/// <summary>
/// The tables of the page on published models are made from the models and the reference cases: <c>./lrp tables</c>
/// writes them.
/// </summary>
[TestFixture]
public sealed class PublishedModelsPageTests
{
    private const string Begin = "<!-- made by ./lrp tables: ";
    private const string End = "<!-- end -->";

    private static readonly string Page = Path.Combine(Repository.Root, "docs", "published-models.md");
    private static readonly string Golden = Path.Combine(Repository.Root, "Lrp.Tests", "Golden");
    private static readonly bool Writes = Environment.GetEnvironmentVariable("LRP_WRITE_TABLES") is "1";

    /// <summary>What a reference case of a transformer compares, by the name of a tensor.</summary>
    private static readonly (string Tensor, string Meaning)[] Compared =
    [
        ("logits", "logits"),
        ("relevance", "AttnLRP"),
        ("cp.relevance", "CP-LRP"),
        ("gradient_x_input", "gradient times input"),
        ("latent.0", "layers"),
    ];

    private static readonly string[] References = ["zennit-1.0.0", "lxt-2.1", "transformers 4.52.4"];

    [TestCase("transformers")]
    [TestCase("images")]
    public void ATableSaysWhatIsCompared(string name)
    {
        var table = name == "transformers" ? Transformers() : Images();
        var page = File.ReadAllText(Page);
        var begin = $"{Begin}{name} -->\n";
        var start = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        Assert.That(start, Is.GreaterThan(begin.Length), $"{Page} has no table of {name}");
        var end = page.IndexOf(End, start, StringComparison.Ordinal);
        if (Writes)
        {
            File.WriteAllText(Page, page[..start] + table + page[end..]);
            return;
        }

        Assert.That(page[start..end], Is.EqualTo(table), "./lrp tables writes it");
    }

    [Test]
    public void EveryBrandHasAReferenceCase()
    {
        var types = CasesIn("transformers").Select(golden => golden.Text("model_type")).ToHashSet();
        var without = KnownBrands.All.Where(brand => !brand.ModelTypes.Any(types.Contains));
        Assert.That(without.SelectMany(brand => brand.ModelTypes), Is.Empty);
    }

    private static string Transformers()
    {
        var text = new StringBuilder("| model type | architectures | cases | compared | with |\n");
        text.Append("| --- | --- | ---: | --- | --- |\n");
        var cases = CasesIn("transformers").ToLookup(golden => golden.Text("model_type"));
        foreach (var types in KnownBrands.All.Select(brand => brand.ModelTypes))
        {
            var found = types.SelectMany(type => cases[type]).ToList();
            Row(
                text,
                Joined(types.Select(type => $"`{type}`")),
                Joined(found.Select(golden => $"`{golden.Text("architecture")}`")),
                $"{found.Count}",
                Joined(
                    Compared
                        .Where(pair => found.Any(golden => golden.Tensors.Contains(pair.Tensor)))
                        .Select(pair => pair.Meaning)
                ),
                Joined(found.Select(golden => golden.Text("source")))
            );
        }

        return text.ToString();
    }

    private static string Images()
    {
        var text = new StringBuilder(
            "| network | from | cases | compared | with |\n| --- | --- | ---: | --- | --- |\n"
        );
        foreach (
            var network in CasesIn(Path.Combine("vision2", "cnn"))
                .Concat(CasesIn(Path.Combine("vision2", "vit")))
                .GroupBy(golden => (Name: golden.Text("network"), Library: golden.Text("library", "torchvision")))
                .OrderBy(network => network.Key.Name, StringComparer.Ordinal)
        )
        {
            Row(
                text,
                network.Key.Name,
                network.Key.Library,
                $"{network.Count()}",
                Joined(network.Select(Rules)),
                Joined(References.Where(name => network.Any(golden => golden.Text("suite").Contains(name))))
            );
        }

        return text.ToString();
    }

    private static string Rules(Case golden)
    {
        if (golden.Descriptor.TryGetProperty("composite", out var composite))
        {
            return composite.GetProperty("type").GetString()!;
        }

        var algorithm = golden.Descriptor.GetProperty("algorithm");
        var attention = algorithm.GetProperty("attention").GetString() == "cp" ? "CP-LRP" : "AttnLRP";
        return algorithm.GetProperty("gamma_conv").ValueKind == JsonValueKind.Null
            ? attention
            : $"{attention} with Gamma";
    }

    private static string Joined(IEnumerable<string> parts) => string.Join(", ", parts.Distinct());

    private static void Row(StringBuilder text, params string[] cells) =>
        text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static List<Case> CasesIn(string folder) =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(Golden, folder), "*.safetensors", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Where(GoldenCase.IsCase)
                .Select(path =>
                {
                    using var golden = new GoldenCase(path);
                    return new Case(golden.Descriptor.Clone(), golden.Names.ToHashSet());
                }),
        ];

    private sealed record Case(JsonElement Descriptor, IReadOnlySet<string> Tensors)
    {
        public string Text(string name, string otherwise = "") =>
            Descriptor.TryGetProperty(name, out var value) ? value.GetString()! : otherwise;
    }
}
