using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>Holds the tensors of a file against the parameters and buffers of a module, and says in one go what does not fit.</summary>
internal sealed class KeyComparison
{
    private const int Shown = 8;

    private readonly List<string> _missing = [];
    private readonly List<string> _unexpected = [];
    private readonly List<string> _mismatched = [];

    public KeyComparison(IReadOnlyDictionary<string, Tensor> module, IReadOnlyDictionary<string, SafetensorsEntry> file)
    {
        foreach ((string key, Tensor tensor) in module)
        {
            if (!file.TryGetValue(key, out SafetensorsEntry? entry))
            {
                _missing.Add(key);
            }
            else if (!entry.Shape.SequenceEqual(tensor.shape))
            {
                _mismatched.Add($"{key} (file [{string.Join(", ", entry.Shape)}], model [{string.Join(", ", tensor.shape)}])");
            }
        }

        _unexpected.AddRange(file.Keys.Where(key => !module.ContainsKey(key)));
    }

    public IReadOnlyList<string> Missing => _missing;

    public IReadOnlyList<string> Unexpected => _unexpected;

    /// <summary>Throws where a tensor has another shape than the file's, and, if strict, where names are not the same.</summary>
    public void ThrowIfDifferent(string module, bool strict)
    {
        var faults = new List<string>();
        if (strict && _missing.Count > 0)
        {
            faults.Add($"missing in the file: {Shorten(_missing)}");
        }

        if (strict && _unexpected.Count > 0)
        {
            faults.Add($"unknown to the model: {Shorten(_unexpected)}");
        }

        if (_mismatched.Count > 0)
        {
            faults.Add($"of another shape: {Shorten(_mismatched)}");
        }

        if (faults.Count > 0)
        {
            string remedy = _mismatched.Count == 0 ? " Pass strict: false to load what fits, or rename the keys." : string.Empty;
            throw new SafetensorsException($"The safetensors file does not fit {module}: {string.Join("; ", faults)}.{remedy}");
        }
    }

    /// <summary>The first few of many names, and how many more there are.</summary>
    public static string Shorten(IReadOnlyCollection<string> names) => names.Count switch
    {
        0 => "none",
        <= Shown => string.Join(", ", names),
        _ => $"{string.Join(", ", names.Take(Shown))} and {names.Count - Shown} more",
    };
}
