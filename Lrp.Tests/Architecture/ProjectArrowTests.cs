using System.Reflection;
using System.Xml.Linq;
using NetArchTest.Rules;

namespace Lrp.Tests.Architecture;

/// <summary>Which library may know which.</summary>
[TestFixture]
public sealed class ProjectArrowTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Lrp.Core"] = [],
        ["Lrp.Checkpoints"] = [],
        ["Lrp.Pictures"] = [],
        ["Lrp.Rules"] = ["Lrp.Core"],
        ["Lrp.Decomposition"] = ["Lrp.Core", "Lrp.Pictures"],
        ["Lrp.Composites"] = ["Lrp.Core", "Lrp.Rules", "Lrp.Decomposition"],
        ["Lrp.Attribution"] = ["Lrp.Core", "Lrp.Composites", "Lrp.Pictures"],
        ["Lrp.Analysis"] = ["Lrp.Core", "Lrp.Checkpoints", "Lrp.Pictures"],
        ["Lrp.Models"] =
        [
            "Lrp.Core",
            "Lrp.Rules",
            "Lrp.Composites",
            "Lrp.Attribution",
            "Lrp.Checkpoints",
            "Lrp.Pictures",
        ],
        ["Lrp.Onnx"] = ["Lrp.Core", "Lrp.Rules", "Lrp.Composites", "Lrp.Attribution"],
    };

    private static IEnumerable<string> Libraries => Arrows.Keys;

    [TestCaseSource(nameof(Libraries))]
    public void ALibraryUsesOnlyTheLibrariesItMayKnow(string library)
    {
        var forbidden = Arrows.Keys.Except(Arrows[library]).Where(other => other != library).ToArray();
        var result = Types.InAssembly(Assembly.Load(library)).ShouldNot().HaveDependencyOnAny(forbidden).GetResult();
        Assert.That(result.FailingTypes.Select(type => $"{type.FullName}: {type.Explanation}"), Is.Empty);
    }

    /// <summary>The arrows are told apart by namespace, so every type has to be in its library's.</summary>
    [TestCaseSource(nameof(Libraries))]
    public void ALibrarysTypesAreInItsNamespace(string library)
    {
        var result = Types.InAssembly(Assembly.Load(library)).Should().ResideInNamespace(library).GetResult();
        Assert.That(result.FailingTypes.Select(type => type.FullName), Is.Empty);
    }

    [TestCaseSource(nameof(Libraries))]
    public void ALibraryReferencesOnlyTheLibrariesItMayKnow(string library)
    {
        var project = Path.Combine(Repository.Root, library, $"{library}.csproj");
        Assert.That(References(project).Select(Path.GetFileNameWithoutExtension), Is.SubsetOf(Arrows[library]));
    }

    [Test]
    public void NoProjectReferencesItselfByAnyWay()
    {
        var projects = Directory.GetFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories);
        var references = projects.ToDictionary(Path.GetFullPath, References);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(references.Values.SelectMany(all => all).Distinct(), Is.SubsetOf(references.Keys));
            Assert.That(references.Keys.Where(project => Reached(project, references).Contains(project)), Is.Empty);
        }
    }

    private static string[] References(string project) =>
        [
            .. XDocument
                .Load(project)
                .Descendants("ProjectReference")
                .Select(reference => (string?)reference.Attribute("Include"))
                .Where(path => path is not null && !path.Contains('*', StringComparison.Ordinal))
                .Select(path => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, path!))),
        ];

    private static HashSet<string> Reached(string start, Dictionary<string, string[]> references)
    {
        var reached = new HashSet<string>();
        var left = new Stack<string>(references[start]);
        while (left.TryPop(out var project))
        {
            if (reached.Add(project))
            {
                Array.ForEach(references[project], left.Push);
            }
        }

        return reached;
    }
}
