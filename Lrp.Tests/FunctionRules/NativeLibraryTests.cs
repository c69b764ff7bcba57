using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Lrp.Core.Interception;
using TorchSharp;

namespace Lrp.Tests.FunctionRules;

public class NativeLibraryTests
{
    [Test]
    public void WithoutTheLibraryOneSentenceSaysWhatWorksAndWhatDoesNot()
    {
        var reason = NativeDispatch.Load(() => 0, LibTorch.InThisProcess);
        Assert.That(
            reason,
            Is.InstanceOf<string>()
                .With.Contains("Functions inside forward() cannot be given rules here")
                .And.Contains(RuntimeInformation.RuntimeIdentifier)
                .And.Contains("rules for modules")
                .And.Contains("Relevance.*")
                .And.Contains($"Lrp.Native.{RuntimeInformation.RuntimeIdentifier}")
                .And.Contains("./lrp native")
        );
    }

    [Test]
    public void AFileThatIsNoLibraryIsNamed()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "no library");
            Assert.That(
                NativeDispatch.Load(() => NativeLibrary.Load(path), LibTorch.InThisProcess),
                Is.InstanceOf<string>().With.Contains("cannot be loaded").And.Contains(path)
            );
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void ALibraryThatIsNotOursIsRefused()
    {
        var other = NativeLibrary.GetMainProgramHandle();
        Assert.That(
            NativeDispatch.Load(() => other, LibTorch.InThisProcess),
            Is.InstanceOf<string>().With.Contains("cannot be loaded").And.Contains("lrp_dispatch_version")
        );
    }

    [Test]
    public void AnotherLibtorchThanTheOneItIsBuiltForIsRefusedByNameAndVersion()
    {
        var reason = NativeDispatch.Load(
            () => NativeLibrary.Load("lrp_dispatch", typeof(NativeDispatch).Assembly, null),
            () => new LibTorch("2.7.1", "/somewhere/libtorch_cpu.so")
        );
        Assert.That(
            reason,
            Is.InstanceOf<string>()
                .With.Contains("built for libtorch 2.10.0")
                .And.Contains("libtorch 2.7.1 (/somewhere/libtorch_cpu.so)")
        );
    }

    [Test]
    public void TheLibtorchOfThisProcessIsTheOneThatTorchSharpIsMadeFor()
    {
        torch.InitializeDeviceType(DeviceType.CPU);
        Assert.That(LibTorch.InThisProcess().Version, Is.EqualTo("2.10.0"));
    }

    [Test]
    public void TheLibraryInTheRepositoryIsBuiltFromTheSourcesInIt()
    {
        var native = Path.Combine(Repository.Root, "native");
        using var manifest = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(native, "runtimes", "linux-x64", "native", "lrp_dispatch.json"))
        );
        var recorded = manifest
            .RootElement.GetProperty("sources")
            .EnumerateObject()
            .ToDictionary(entry => entry.Name, entry => entry.Value.GetString());
        var present = Directory
            .EnumerateFiles(Path.Combine(native, "lrp_dispatch"))
            .ToDictionary(path => Path.GetFileName(path), HashOf);
        Assert.Multiple(() =>
        {
            Assert.That(recorded, Is.EquivalentTo(present), "native/ has changed: run ./lrp native");
            Assert.That(
                manifest.RootElement.GetProperty("library").GetString(),
                Is.EqualTo(HashOf(Path.Combine(native, "runtimes", "linux-x64", "native", "liblrp_dispatch.so")))
            );
            Assert.That(manifest.RootElement.GetProperty("libtorch").GetString(), Is.EqualTo("2.10.0"));
        });
    }

    private static string HashOf(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
