namespace Lrp.Tests.Onnx;

/// <summary>The folders of reference cases with ONNX files.</summary>
internal static class OnnxFolders
{
    public static IEnumerable<string> All =>
        new[] { Path.Combine(AppContext.BaseDirectory, "Golden") }
            .Concat((Environment.GetEnvironmentVariable("LRP_GOLDEN") ?? "").Split(Path.PathSeparator))
            .Where(Directory.Exists)
            .SelectMany(folder =>
                Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories).Prepend(folder)
            )
            .Where(folder => Directory.EnumerateFiles(folder, "*.onnx").Any() && Path.GetFileName(folder) != "bad");
}
