using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>
/// Loads and saves a module's parameters and buffers in the safetensors format, which PyTorch users exchange weights
/// in.
/// </summary>
public static class SafetensorsStateDict
{
    /// <summary>Loads a module's parameters and buffers from a file.</summary>
    /// <param name="module">
    /// The module. It stays on its device and keeps its element types; the values are converted.
    /// </param>
    /// <param name="path">The path of the safetensors file.</param>
    /// <param name="strict">
    /// Whether the file must have exactly the module's state dict keys. Shapes must always agree.
    /// </param>
    /// <param name="rename">Maps a name in the file to the module's key, or to null to skip the tensor.</param>
    /// <returns>The keys missing in the file and the keys unknown to the module; both are empty if strict.</returns>
    /// <exception cref="SafetensorsException">
    /// The file violates the format, or names or shapes differ; the message lists them.
    /// </exception>
    public static (IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected) LoadSafetensors(
        this nn.Module module,
        string path,
        bool strict = true,
        Func<string, string?>? rename = null
    )
    {
        using var file = SafetensorsFile.Open(path);
        return module.LoadSafetensors(file, strict, rename);
    }

    /// <summary>Loads a module's parameters and buffers from an open file.</summary>
    /// <param name="module">
    /// The module. It stays on its device and keeps its element types; the values are converted.
    /// </param>
    /// <param name="file">The safetensors file.</param>
    /// <param name="strict">
    /// Whether the file must have exactly the module's state dict keys. Shapes must always agree.
    /// </param>
    /// <param name="rename">Maps a name in the file to the module's key, or to null to skip the tensor.</param>
    /// <returns>The keys missing in the file and the keys unknown to the module; both are empty if strict.</returns>
    /// <exception cref="SafetensorsException">
    /// Names or shapes differ; the message lists them, and the module is not changed.
    /// </exception>
    public static (IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected) LoadSafetensors(
        this nn.Module module,
        SafetensorsFile file,
        bool strict = true,
        Func<string, string?>? rename = null
    ) => module.LoadCheckpoint(file, strict, prefix: string.Empty, rename);

    /// <summary>Writes a module's parameters and buffers to a file that PyTorch's safetensors can read.</summary>
    /// <param name="module">The module, on any device.</param>
    /// <param name="path">The path of the file. An existing file is replaced once the new one is complete.</param>
    /// <param name="metadata">Texts to store with the tensors.</param>
    public static void SaveSafetensors(
        this nn.Module module,
        string path,
        IReadOnlyDictionary<string, string>? metadata = null
    )
    {
        ArgumentNullException.ThrowIfNull(module);
        SafetensorsFile.Save(path, module.state_dict(), metadata);
    }
}
