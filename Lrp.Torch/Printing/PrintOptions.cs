namespace Lrp.Torch.Printing;

/// <summary>How tensors are printed.</summary>
internal static class PrintOptions
{
    internal static string FloatFormat { get; private set; } = "g5";

    internal static int LineWidth { get; private set; } = 100;

    internal static string NewLine { get; private set; } = Environment.NewLine;

    internal static int MaxRows { get; private set; } = 6;

    internal static int MaxColumns { get; private set; } = 6;

    internal static void Set(string? floatFormat, int? lineWidth, string? newLine, int? maxRows, int? maxColumns)
    {
        FloatFormat = floatFormat ?? FloatFormat;
        LineWidth = lineWidth ?? LineWidth;
        NewLine = newLine ?? NewLine;
        MaxRows = maxRows ?? MaxRows;
        MaxColumns = maxColumns ?? MaxColumns;
    }
}
