namespace Lrp.Tests.Examples;

/// <summary>A folder for one test, gone after it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Its full path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("lrp-").FullName;

    /// <summary>The full path of a file in it.</summary>
    /// <param name="names">Folders and the file.</param>
    public string Of(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
