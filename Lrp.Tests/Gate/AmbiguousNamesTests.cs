namespace Lrp.Tests.Gate;

public class AmbiguousNamesTests
{
    private static readonly string[] Libraries = ["Lrp.Core", "Lrp.Rules", "Lrp.Composites", "Lrp.Analysis"];

    private static readonly AmbiguousNames Names = new(
        new PublicApiList(["TorchSharp.Modules.Gamma : class", "TorchSharp.torch.Size : struct", "TorchSharp.torch.utils : static class", "TorchSharp.torch.nn.utils : static class"]),
        ["Lrp.Rules.Gamma", "Lrp.Rules.Flat", "Lrp.Core.Size"]);

    [TestCase("using Lrp.Rules; using TorchSharp.Modules; var rule = new Gamma();")]
    [TestCase("using Lrp.Core; using static TorchSharp.torch; Size size;")]
    [TestCase("using static TorchSharp.torch; using static TorchSharp.torch.nn; utils.call();")]
    public void ANameThatMeansTwoTypesIsFound(string source) => Assert.That(Names.In(source), Has.Exactly(1).Items);

    [TestCase("using Lrp.Rules; var rule = new Gamma();")]
    [TestCase("using Lrp.Rules; using TorchSharp.Modules; var rule = new Flat();")]
    [TestCase("using Lrp.Rules; using TorchSharp.Modules; using Gamma = Lrp.Rules.Gamma; var rule = new Gamma();")]
    [TestCase("using TorchSharp.Modules; namespace Lrp.Rules; class Use { Gamma rule; }")]
    [TestCase("using Lrp.Rules; using TorchSharp.Modules; var gamma = this.Gamma;")]
    public void ANameThatMeansOneTypeIsNot(string source) => Assert.That(Names.In(source), Is.Empty);

    [Test]
    public void NoSourceFileNamesATypeThatThePackageMakesAmbiguous()
    {
        var types = Libraries.SelectMany(library => PublicSurface.Of(Path.Combine(AppContext.BaseDirectory, library + ".dll"))).Select(member => member.Owner).Distinct();
        var names = new AmbiguousNames(PublicApiList.OfTorchSharp(), types);

        var found = from file in Sources()
                    from sentence in names.In(File.ReadAllText(file), "NUnit.Framework")
                    select $"{Path.GetRelativePath(ApiGateTests.Repository(), file)}: {sentence}";

        Assert.That(found, Is.Empty);
    }

    private static IEnumerable<string> Sources() =>
        Libraries.Concat(["Lrp.Tests", "examples", "benchmarks"])
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(ApiGateTests.Repository(), folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));
}
