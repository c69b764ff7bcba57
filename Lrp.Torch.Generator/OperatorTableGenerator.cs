using System.IO;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Lrp.Torch.Generator;

/// <summary>
/// Turns the operator tables (<c>*.ops</c>, additional files of the compilation) into C#: one method for each row,
/// in the partial class that the row's section names. See <see cref="OperatorTable"/> for the format.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class OperatorTableGenerator : IIncrementalGenerator
{
    private static readonly DiagnosticDescriptor MalformedRow = new(
        id: "LRPOPS01",
        title: "Malformed row in an operator table",
        messageFormat: "{0}",
        category: "OperatorTable",
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var tables = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(".ops", System.StringComparison.Ordinal))
            .Select(static (file, cancellation) =>
                OperatorTable.Parse(file.Path, file.GetText(cancellation)?.ToString() ?? string.Empty));

        context.RegisterSourceOutput(tables, static (output, table) =>
        {
            foreach (var error in table.Errors)
            {
                output.ReportDiagnostic(Diagnostic.Create(MalformedRow, LocationOf(table.Path, error), error.Message));
            }

            output.AddSource(
                Path.GetFileNameWithoutExtension(table.Path) + ".ops.g.cs",
                SourceText.From(OperatorEmitter.Emit(table), Encoding.UTF8));
        });
    }

    private static Location LocationOf(string path, RowError error)
    {
        var position = new LinePosition(error.Line - 1, 0);
        return Location.Create(path, new TextSpan(0, 0), new LinePositionSpan(position, position));
    }
}
