using Lrp.Pictures;

namespace Lrp.Cli.Comparing;

/// <summary>How a comparison is shown and saved.</summary>
internal static class ComparisonOutputs
{
    /// <summary>The formats of --out, by the file's ending.</summary>
    private static readonly Dictionary<string, Action<Comparison, string>> Formats = new(
        StringComparer.OrdinalIgnoreCase
    )
    {
        [".html"] = (comparison, path) => ToReport(comparison).Save(path),
        [".png"] = (comparison, path) => ToPicture(comparison).Save(path),
        [".jpg"] = (comparison, path) => ToPicture(comparison).Save(path),
        [".webp"] = (comparison, path) => ToPicture(comparison).Save(path),
        [".json"] = (comparison, path) => File.WriteAllText(path, Terminal.ToJson(comparison.ToData())),
    };

    /// <summary>Fails for a file whose ending is not known, before anything is computed.</summary>
    public static void Check(string path) => OutputFiles.Check(path, Formats.Keys);

    /// <summary>Saves a comparison in the format of the file's ending.</summary>
    public static void Save(Comparison comparison, string path) => Formats[Path.GetExtension(path)](comparison, path);

    /// <summary>Writes tables, and where no file has them the maps and the curves.</summary>
    public static void Write(Comparison comparison, Terminal terminal, bool withMaps)
    {
        if (!withMaps)
        {
            terminal.Write(comparison.Numbers, numbersFrom: 1);
            return;
        }

        foreach (var result in comparison.Results)
        {
            terminal.Write(result.Method);
            terminal.Write(result.Shown);
        }

        terminal.Write(comparison.Numbers, numbersFrom: 1);
        terminal.Write(
            comparison.Curve("Deletion: the score after a part was removed", result => result.Deletion),
            numbersFrom: 1
        );
        terminal.Write(
            comparison.Curve("Insertion: the score after a part was added", result => result.Insertion),
            numbersFrom: 1
        );
        if (comparison.Correlations is { } correlations)
        {
            terminal.Write(correlations, numbersFrom: 1);
        }
    }

    private static Picture ToPicture(Comparison comparison)
    {
        var maps = comparison.Results.Select(result => result.Draw());
        string[] names = [.. comparison.Results.Select(result => result.Method)];
        return comparison.Input is { } photo
            ? PictureGrid.Arrange(
                [photo, .. maps],
                columns: names.Length + 1,
                gap: 8,
                labels: new GridLabels { Columns = [comparison.Target, .. names] }
            )
            : PictureGrid.Arrange([.. maps], columns: 1, gap: 8);
    }

    private static HtmlReport ToReport(Comparison comparison)
    {
        var report = new HtmlReport($"Why “{comparison.Target}”?")
        {
            Introduction =
                $"{comparison.Model}, score {comparison.Score:G4}. Red speaks for it, blue against it; each map has "
                + "its own scale.",
            Scale = HeatmapOptions.Default.ColorMap,
        };
        if (comparison.Input is { } photo)
        {
            report.Figures.Add(new ReportFigure(photo, "the photograph"));
        }

        foreach (var result in comparison.Results)
        {
            report.Figures.Add(new ReportFigure(result.Draw(), result.Method));
        }

        report.Charts.Add(
            Chart(comparison, "Deletion, most relevant first", "part that is removed", result => result.Deletion)
        );
        report.Charts.Add(
            Chart(comparison, "Insertion, most relevant first", "part that is added", result => result.Insertion)
        );
        report.Tables.Add(comparison.Numbers with { Title = "Methods" });
        if (comparison.Correlations is { } correlations)
        {
            report.Tables.Add(correlations);
        }

        return report;
    }

    private static ReportChart Chart(
        Comparison comparison,
        string title,
        string part,
        Func<MethodResult, IReadOnlyList<(double X, double Y)>> curve
    ) => new(title, part, "score", [.. comparison.Results.Select(result => (result.Method, curve(result)))]);
}
