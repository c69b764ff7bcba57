namespace Lrp.Tests.Gate;

/// <summary>The gate itself: each way in which an assembly can leave the list is found, and named.</summary>
public class ApiGateFailureTests
{
    private const string Source = """
        namespace TorchSharp
        {
            public enum Reduction { None, Mean }
            public abstract class Loss : System.IDisposable
            {
                protected Loss(string name) { }
                public abstract double call(double x, Reduction reduction = Reduction.Mean);
                public virtual void Dispose() { }
                public long size { get; set; }
            }
            public sealed class L1Loss : Loss
            {
                public L1Loss(double eps = 1e-8) : base("") { }
                public override double call(double x, Reduction reduction = Reduction.Mean) => x;
                public void scale(long factor) { }
            }
        }
        """;

    private static readonly PublicApiList List = new(PublicSurface.Of(Fixture.Compile("TorchSharp", Source)).Select(member => member.Line));

    [Test]
    public void TheSameSurfaceAgrees() => Assert.That(Changed("", ""), Is.Empty);

    [Test]
    public void ASubsetAgrees() => Assert.That(Changed("public void scale(long factor) { }", ""), Is.Empty);

    [TestCase("scale(long factor)", "scale(int factor)", "TorchSharp.L1Loss.scale(System.Int32 factor)", TestName = "WrongParameterTypeIsFound")]
    [TestCase("scale(long factor)", "scale(long by)", "TorchSharp.L1Loss.scale(System.Int64 by)", TestName = "WrongParameterNameIsFound")]
    [TestCase("eps = 1e-8", "eps = 1e-7", "TorchSharp.L1Loss..ctor(System.Double eps = 1E-07)", TestName = "WrongDefaultValueIsFound")]
    [TestCase("public void scale(long factor) { }", "public long scale(long factor) => 0;", "TorchSharp.L1Loss.scale(System.Int64 factor) : System.Int64", TestName = "WrongReturnTypeIsFound")]
    [TestCase("public void scale", "public static void scale", "TorchSharp.L1Loss.scale(System.Int64 factor) : static System.Void", TestName = "WrongModifierIsFound")]
    [TestCase("public sealed class", "public class", "TorchSharp.L1Loss : class", TestName = "MissingSealedIsFound")]
    [TestCase("abstract class Loss : System.IDisposable", "abstract class Loss", "TorchSharp.Loss : abstract class", TestName = "MissingInterfaceIsFound")]
    [TestCase("L1Loss : Loss", "L1Loss : Between", "TorchSharp.L1Loss : sealed class : TorchSharp.Between", TestName = "WrongBaseClassIsFound")]
    [TestCase("{ get; set; }", "{ get; }", "TorchSharp.Loss.size { get; } : System.Int64", TestName = "MissingSetterIsFound")]
    [TestCase("None, Mean", "Mean, None", "TorchSharp.Reduction.None = 1", TestName = "WrongEnumerationValueIsFound")]
    [TestCase("public void scale", "public void twice() { } public void scale", "TorchSharp.L1Loss.twice()", TestName = "UnlistedMemberIsFound")]
    [TestCase("namespace TorchSharp", "public class Extra { } namespace TorchSharp", "Extra : class", TestName = "UnlistedTypeIsFound")]
    public void DisagreementIsNamed(string listed, string changed, string named)
    {
        var found = Changed(listed, changed);
        Assert.That(found, Has.Some.Contains("not on the list: " + named));
    }

    [Test]
    public void TheNearestEntryIsShown() =>
        Assert.That(Changed("eps = 1e-8", "eps = 1e-7"), Has.Some.EndsWith("TorchSharp.L1Loss..ctor(System.Double eps = 1E-08)"));

    [Test]
    public void AnAbstractMemberThatIsMissingIsFound()
    {
        var found = Changed("public abstract double call(double x, Reduction reduction = Reduction.Mean);", "", "public override double", "public double");
        Assert.That(found, Has.Some.StartsWith("missing: TorchSharp.Loss.call("));
    }

    [TestCase("loss.scale(2)", null)]
    [TestCase("loss.call(loss.size)", null)]
    [TestCase("loss.extra()", "TorchSharp.L1Loss.extra()")]
    [TestCase("new TorchSharp.Hidden()", "TorchSharp.Hidden")]
    public void UseOfAnUnlistedMemberIsFound(string expression, string? named)
    {
        byte[] runtime = Fixture.Compile("TorchSharp", Source
            .Replace("public void scale", "public void extra() { } public void scale", StringComparison.Ordinal)
            .Replace("public enum", "public class Hidden { } public enum", StringComparison.Ordinal));
        byte[] library = Fixture.Compile("Library", $"class Use {{ void f(TorchSharp.L1Loss loss) {{ {expression}; }} }}", runtime);

        var found = new ApiGate(List, "TorchSharp", PublicSurface.Of(runtime)).Disagreements(library).ToList();

        Assert.That(found, named is null ? Is.Empty : Has.Some.Contains(named));
    }

    private static List<string> Changed(params string[] replacements)
    {
        string source = Source;
        for (int i = 0; i + 1 < replacements.Length; i += 2)
        {
            source = replacements[i].Length == 0 ? source : source.Replace(replacements[i], replacements[i + 1], StringComparison.Ordinal);
        }

        if (source.Contains("Between", StringComparison.Ordinal))
        {
            source += "namespace TorchSharp { public abstract class Between : Loss { protected Between(string name) : base(name) { } } }";
        }

        return List.Disagreements(PublicSurface.Of(Fixture.Compile("TorchSharp", source))).ToList();
    }
}
