using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Lrp.Tests.Docs;

/// <summary>Compiles snippets against this library, with what a page may take as given.</summary>
internal static class SnippetCompiler
{
    /// <summary>
    /// What every snippet may use without saying so: what every C# project of .NET has, and the variables that pages
    /// talk about.
    /// </summary>
    private const string Given = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using static Given;

        public static class Given
        {
            public static TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor> model = null!;
            public static TorchSharp.torch.Tensor x = null!;
            public static TorchSharp.torch.Tensor logits = null!;
            public static TorchSharp.torch.Tensor relevance = null!;
            public static long target;
            public static Microsoft.Extensions.Logging.ILogger logger = null!;
            public static Lrp.Composites.Composite composite = null!;
            public static Lrp.Core.Registrations.Registration registration = null!;
        }
        """;

    private static readonly Lazy<MetadataReference[]> References = new(FindReferences);

    /// <summary>What the compiler has against a snippet; empty where it has nothing.</summary>
    public static IReadOnlyList<string> ErrorsIn(Snippet snippet)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            "Snippet",
            [
                CSharpSyntaxTree.ParseText(Given, options),
                CSharpSyntaxTree.ParseText(snippet.ToProgram(), options, snippet.Page),
            ],
            References.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true)
        );
        return
        [
            .. compilation
                .GetDiagnostics()
                .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error && diagnostic.Id != NoEntryPoint)
                .Select(Describe),
        ];
    }

    private static string Describe(Diagnostic diagnostic)
    {
        var place = diagnostic.Location.GetMappedLineSpan();
        var message = diagnostic.GetMessage(CultureInfo.InvariantCulture);
        return $"{place.Path}:{place.StartLinePosition.Line + 1}: {diagnostic.Id}: {message}";
    }

    /// <summary>A snippet of types alone has no entry point, and needs none.</summary>
    private const string NoEntryPoint = "CS5001";

    private static MetadataReference[] FindReferences()
    {
        var framework = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        return
        [
            .. framework
                .Split(Path.PathSeparator)
                .Concat(Directory.GetFiles(AppContext.BaseDirectory, "Lrp.*.dll"))
                .Where(path => path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
                .DistinctBy(Path.GetFileName)
                .Select(path => MetadataReference.CreateFromFile(path)),
        ];
    }
}
