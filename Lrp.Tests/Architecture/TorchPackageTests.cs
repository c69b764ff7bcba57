using static Lrp.Tests.Architecture.EvaluatedProject;

namespace Lrp.Tests.Architecture;

/// <summary>Programs and tests bring libtorch for the device in TorchDevice; libraries leave it to them.</summary>
[TestFixture]
public sealed class TorchPackageTests
{
    private const string Tests = "Lrp.Tests/Lrp.Tests.csproj";
    private const string Program = "benchmarks/Lrp.Benchmarks.csproj";

    [TestCase("TorchSharp-cpu")]
    [TestCase("TorchSharp-cpu", "TorchDevice=cpu")]
    [TestCase("TorchSharp-cuda-linux", "TorchDevice=cuda", "TorchSystem=linux")]
    [TestCase("TorchSharp-cuda-windows", "TorchDevice=cuda", "TorchSystem=windows")]
    public void ATorchDeviceIsOnePackage(string package, params string[] properties) =>
        Assert.That(Packages(Tests, properties).Where(IsLibTorch), Is.EqualTo(new[] { package }));

    [Test]
    public void TheSystemThatBuildsIsTheSystemOfThePackage() =>
        Assert.That(
            Packages(Program, "TorchDevice=cuda").Where(IsLibTorch),
            Is.EqualTo(new[] { OperatingSystem.IsWindows() ? "TorchSharp-cuda-windows" : "TorchSharp-cuda-linux" })
        );

    [Test]
    public void ALibraryHasTorchSharpWithoutLibTorch(
        [Values(
            "Lrp.Core",
            "Lrp.Checkpoints",
            "Lrp.Pictures",
            "Lrp.Rules",
            "Lrp.Decomposition",
            "Lrp.Composites",
            "Lrp.Attribution",
            "Lrp.Analysis",
            "Lrp.Models",
            "Lrp.Onnx"
        )]
            string library,
        [Values("cpu", "cuda")] string device
    )
    {
        var packages = Packages($"{library}/{library}.csproj", $"TorchDevice={device}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(packages, Does.Contain("TorchSharp"));
            Assert.That(packages.Where(IsLibTorch), Is.Empty);
        }
    }

    [Test]
    public void AnUnknownDeviceIsRefusedBeforePackagesAreRestored()
    {
        var (exitCode, output) = MsBuild(Tests, "-t:CollectPackageReferences", "-p:TorchDevice=gpu");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exitCode, Is.Not.Zero);
            Assert.That(output, Does.Contain("TorchDevice is 'gpu'; it can be 'cpu' or 'cuda'."));
        }
    }

    private static bool IsLibTorch(string package) =>
        package.StartsWith("TorchSharp-", StringComparison.OrdinalIgnoreCase)
        || package.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase);
}
