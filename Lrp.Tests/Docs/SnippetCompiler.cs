using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Lrp.Tests.Docs;

/// <summary>Compiles snippets against this library, with what a page may take as given.</summary>
internal static class SnippetCompiler
{
    /// <summary>What every snippet may use without saying so: namespaces, and the variables that pages talk about.</summary>
    private const string Given = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using Lrp.Composites;
        global using Lrp.Composites.Attributors;
        global using Lrp.Composites.Evaluation;
        global using Lrp.Core;
        global using Lrp.Core.Functions;
        global using Lrp.Pictures;
        global using Lrp.Checkpoints;
        global using Lrp.Rules;
        global using Microsoft.Extensions.Logging;
        global using TorchSharp;
        global using TorchSharp.Modules;
        global using static Given;
        global using static TorchSharp.torch;
        global using static TorchSharp.torch.nn;

        public static class Given
        {
            public static Module<Tensor, Tensor> model = null!;
            public static Tensor x = null!;
            public static Tensor logits = null!;
            public static Tensor relevance = null!;
            public static long target;
            public static ILogger logger = null!;
            public static Composite composite = null!;
            public static Registration registration = null!;
        }
        """;

    private static readonly Lazy<MetadataReference[]> References = new(FindReferences);

    /// <summary>What the compiler has against a snippet; empty where it has nothing.</summary>
    public static IReadOnlyList<string> ErrorsIn(Snippet snippet)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Snippet",
            [CSharpSyntaxTree.ParseText(Given, options), CSharpSyntaxTree.ParseText(snippet.ToProgram(), options, snippet.Page)],
            References.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true));
        return [.. compilation.GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error && diagnostic.Id != NoEntryPoint)
            .Select(diagnostic => $"{diagnostic.Location.GetMappedLineSpan().Path}:{diagnostic.Location.GetMappedLineSpan().StartLinePosition.Line + 1}: {diagnostic.Id}: {diagnostic.GetMessage()}")];
    }

    /// <summary>A snippet of types alone has no entry point, and needs none.</summary>
    private const string NoEntryPoint = "CS5001";

    private static MetadataReference[] FindReferences()
    {
        string framework = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        return [.. framework.Split(Path.PathSeparator)
            .Concat(Directory.GetFiles(AppContext.BaseDirectory, "Lrp.*.dll"))
            .Where(path => path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
            .DistinctBy(Path.GetFileName)
            .Select(path => MetadataReference.CreateFromFile(path))];
    }
}
