using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace Lrp.Cli.Natives;

/// <summary>
/// Native libraries that are too large for the package of the command: they are restored from NuGet when they are
/// needed first, into a folder of the user, where all later calls find them.
/// </summary>
/// <param name="Name">The name of the folder.</param>
/// <param name="Version">The version of the folder.</param>
/// <param name="Size">How much is downloaded.</param>
/// <param name="References">The packages, as name/version.</param>
/// <param name="Library">The native library that managed code asks for.</param>
/// <param name="IsPresent">Whether the program has it already.</param>
internal sealed record NativePackages(
    string Name,
    string Version,
    string Size,
    IReadOnlyList<string> References,
    string Library,
    Func<bool> IsPresent
)
{
    /// <summary>The libtorch that TorchSharp 0.107 is made for.</summary>
    public const string LibTorchVersion = "2.10.0";

    private const string OnnxRuntimeName = "Microsoft.ML.OnnxRuntime";
    private const string OnnxRuntimeVersion = "1.31.1";

    /// <summary>The platforms that TorchSharp has a libtorch for.</summary>
    private static readonly string[] Platforms = ["linux-x64", "osx-arm64", "win-x64"];

    /// <summary>libtorch for the processor, with TorchSharp's own native library.</summary>
    public static NativePackages LibTorch { get; } =
        new(
            "libtorch",
            LibTorchVersion,
            "60 to 130 MB",
            [
                $"TorchSharp/{typeof(torch).Assembly.GetName().Version!.ToString(3)}",
                $"libtorch-cpu-{Platform()}/{LibTorchVersion}",
            ],
            "LibTorchSharp",
            () => NativeLibrary.TryLoad("LibTorchSharp", typeof(torch).Assembly, null, out _)
        );

    /// <summary>ONNX Runtime, which <c>lrp verify</c> compares with.</summary>
    public static NativePackages OnnxRuntime { get; } =
        new(
            "onnxruntime",
            OnnxRuntimeVersion,
            "160 MB",
            [$"{OnnxRuntimeName}/{OnnxRuntimeVersion}"],
            "onnxruntime",
            () => AssemblyLoadContext.Default.Assemblies.Any(assembly => assembly.GetName().Name == OnnxRuntimeName)
        );

    private string Folder =>
        Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            )
                is { Length: > 0 } data
                ? data
                : Path.GetTempPath(),
            "lrp",
            $"{Name}-{Version}-{Platform()}"
        );

    /// <summary>Makes the libraries available to this process.</summary>
    /// <param name="terminal">Is told that they are downloaded.</param>
    public void Provide(Terminal terminal)
    {
        if (IsPresent())
        {
            return;
        }

        if (!Platforms.Contains(Platform()))
        {
            throw new BadInputException(
                $"TorchSharp has no libtorch for {Platform()}; there is one for {string.Join(", ", Platforms)}."
            );
        }

        var folder = Folder;
        if (!Directory.Exists(folder))
        {
            terminal.Remark($"Fetching {Name} {Version} for {Platform()} from NuGet, once: {Size}, into {folder}");
            terminal.Run($"fetching {Name}", _ => Restore(folder));
        }

        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => Native(folder, name);
        AssemblyLoadContext.Default.Resolving += (context, name) => Managed(folder, context, name);

        // By its path and before anybody asks by name, since the machine may have another libtorch under the same name.
        if (Native(folder, Library) == 0)
        {
            throw new BadInputException($"'{folder}' has no {Library}: delete it, so that it is fetched again.");
        }
    }

    private static string Platform() =>
        RuntimeInformation.RuntimeIdentifier switch
        {
            var rid when rid.StartsWith("win", StringComparison.Ordinal) => $"win-{Processor()}",
            var rid when rid.StartsWith("osx", StringComparison.Ordinal) => $"osx-{Processor()}",
            var rid when rid.Contains("musl", StringComparison.Ordinal) => $"linux-musl-{Processor()}",
            _ => $"linux-{Processor()}",
        };

    private static string Processor() => RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    private static nint Native(string folder, string name)
    {
        var bare = name.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
        var file =
            OperatingSystem.IsWindows() ? $"{bare}.dll"
            : OperatingSystem.IsMacOS() ? $"lib{bare}.dylib"
            : $"lib{bare}.so";
        var path = Path.Combine(folder, file);
        return File.Exists(path) ? NativeLibrary.Load(path) : 0;
    }

    private static Assembly? Managed(string folder, AssemblyLoadContext context, AssemblyName name)
    {
        var path = Path.Combine(folder, $"{name.Name}.dll");
        return File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
    }

    /// <summary>Builds a project that has the packages, and keeps what the build copies for this platform.</summary>
    private bool Restore(string folder)
    {
        var work = $"{folder}.{Environment.ProcessId}";
        Directory.CreateDirectory(work);
        try
        {
            File.WriteAllText(Path.Combine(work, "natives.csproj"), Project());
            var output = Path.Combine(work, "out");
            var start = new ProcessStartInfo("dotnet", ["build", "natives.csproj", "-o", output, "-v", "q", "-nologo"])
            {
                WorkingDirectory = work,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
            using var build = Process.Start(start)!;
            var errors = build.StandardError.ReadToEndAsync();
            var log = build.StandardOutput.ReadToEnd() + errors.Result;
            build.WaitForExit();
            if (build.ExitCode != 0)
            {
                var reason = log.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal));
                throw new BadInputException($"{Name} {Version} cannot be fetched from NuGet: {(reason ?? log).Trim()}");
            }

            Keep(output, folder);
            return true;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static void Keep(string output, string folder)
    {
        try
        {
            Directory.Move(output, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // Another process was faster.
        }
    }

    private string Project()
    {
        var references = References
            .Select(reference => reference.Split('/'))
            .Select(parts => $"""    <PackageReference Include="{parts[0]}" Version="[{parts[1]}]" />""");
        return $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <RuntimeIdentifier>{Platform()}</RuntimeIdentifier>
                <SelfContained>false</SelfContained>
                <EnableDynamicLoading>true</EnableDynamicLoading>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <ManagePackageVersionsCentrally>false</ManagePackageVersionsCentrally>
              </PropertyGroup>
              <ItemGroup>
            {string.Join('\n', references)}
              </ItemGroup>
              <Import Project="{Path.Combine(AppContext.BaseDirectory, "natives", "OlderLibstdcxx.targets")}" />
            </Project>
            """;
    }
}
