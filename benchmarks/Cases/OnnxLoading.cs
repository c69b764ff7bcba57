using Lrp.Onnx;

namespace Lrp.Benchmarks.Cases;

/// <summary>The cost of loading an ONNX file of 100 MB, relative to reading its bytes.</summary>
internal sealed class OnnxLoading : ISubject
{
    /// <summary>The baseline.</summary>
    public const string Plain = "reading the file";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lrp-bench");
    private readonly string _path;

    public OnnxLoading() => _path = OnnxNetworks.Large(Path.Combine(_folder.FullName, "large.onnx"));

    public Visit Open(string name) =>
        new(name == Plain ? () => GC.KeepAlive(File.ReadAllBytes(_path)) : () => OnnxModel.Load(_path).Dispose());

    public void Dispose() => _folder.Delete(recursive: true);
}
