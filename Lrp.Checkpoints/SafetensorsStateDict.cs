using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>A module's parameters and buffers, from and to safetensors, the way PyTorch users hand their weights on.</summary>
public static class SafetensorsStateDict
{
    /// <summary>Loads a module's parameters and buffers from a file.</summary>
    /// <param name="module">The module; it stays on its device and keeps its element types, the values are converted.</param>
    /// <param name="path">The safetensors file.</param>
    /// <param name="strict">Whether the file must have exactly the module's state dict keys. Shapes must agree in any case.</param>
    /// <param name="rename">From a name in the file to the module's key, or to null for a tensor to leave out.</param>
    /// <returns>The keys that the file lacks and those that the module lacks; both empty if strict.</returns>
    /// <exception cref="SafetensorsException">The file breaks the format, or names or shapes differ: the message lists them.</exception>
    public static (IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected) LoadSafetensors(
        this nn.Module module, string path, bool strict = true, Func<string, string?>? rename = null)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return module.LoadSafetensors(file, strict, rename);
    }

    /// <summary>Loads a module's parameters and buffers from an open file.</summary>
    /// <param name="module">The module; it stays on its device and keeps its element types, the values are converted.</param>
    /// <param name="file">The safetensors file.</param>
    /// <param name="strict">Whether the file must have exactly the module's state dict keys. Shapes must agree in any case.</param>
    /// <param name="rename">From a name in the file to the module's key, or to null for a tensor to leave out.</param>
    /// <returns>The keys that the file lacks and those that the module lacks; both empty if strict.</returns>
    /// <exception cref="SafetensorsException">Names or shapes differ: the message lists them, and the module is as it was.</exception>
    public static (IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected) LoadSafetensors(
        this nn.Module module, SafetensorsFile file, bool strict = true, Func<string, string?>? rename = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(file);
        var entries = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        foreach (SafetensorsEntry entry in file.Entries)
        {
            string? key = rename is null ? entry.Name : rename(entry.Name);
            if (key is not null && !entries.TryAdd(key, entry))
            {
                throw new SafetensorsException($"Both '{entries[key].Name}' and '{entry.Name}' were renamed to '{key}'.");
            }
        }

        Dictionary<string, Tensor> state = module.state_dict();
        var comparison = new KeyComparison(state, entries);
        comparison.ThrowIfDifferent(module.GetName(), strict);
        using DisposeScope scope = NewDisposeScope();
        var source = entries.Where(pair => state.ContainsKey(pair.Key)).ToDictionary(pair => pair.Key, pair => file.ReadTensor(pair.Value.Name));
        module.load_state_dict(source, strict: false);
        return (comparison.Missing, comparison.Unexpected);
    }

    /// <summary>Writes a module's parameters and buffers to a file that PyTorch's safetensors reads.</summary>
    /// <param name="module">The module, on any device.</param>
    /// <param name="path">The file; one that is there is replaced once the new one is complete.</param>
    /// <param name="metadata">Texts to keep with them.</param>
    public static void SaveSafetensors(this nn.Module module, string path, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        SafetensorsFile.Save(path, module.state_dict(), metadata);
    }
}
