using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>
/// Compares the tensors of a file with the parameters and buffers of a module, and reports all differences together.
/// </summary>
internal sealed class KeyComparison
{
    private const int Shown = 8;

    private readonly List<string> _missing = [];
    private readonly List<string> _unexpected = [];
    private readonly List<string> _mismatched = [];

    public KeyComparison(IReadOnlyDictionary<string, Tensor> module, IReadOnlyDictionary<string, SafetensorsEntry> file)
    {
        foreach (var (key, tensor) in module)
        {
            if (!file.TryGetValue(key, out var entry))
            {
                // A counter that older PyTorch did not write, and that no output depends on.
                if (!key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
                {
                    _missing.Add(key);
                }
            }
            else if (!entry.Shape.SequenceEqual(tensor.shape))
            {
                _mismatched.Add(
                    $"{key} (file [{string.Join(", ", entry.Shape)}], model [{string.Join(", ", tensor.shape)}])"
                );
            }
        }

        _unexpected.AddRange(file.Keys.Where(key => !module.ContainsKey(key)));
    }

    public IReadOnlyList<string> Missing => _missing;

    public IReadOnlyList<string> Unexpected => _unexpected;

    /// <summary>
    /// Throws if shapes differ or, with <paramref name="strict"/>, if names differ.
    /// </summary>
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
            faults.Add($"different shapes: {Shorten(_mismatched)}");
        }

        if (faults.Count > 0)
        {
            var remedy =
                _mismatched.Count == 0 ? " Pass strict: false to load what fits, or rename the keys." : string.Empty;
            throw new SafetensorsException(
                $"The safetensors file does not fit {module}: {string.Join("; ", faults)}.{remedy}"
            );
        }
    }

    /// <summary>The first names of a list, and the number of the others.</summary>
    public static string Shorten(IReadOnlyCollection<string> names) =>
        names.Count switch
        {
            0 => "none",
            <= Shown => string.Join(", ", names),
            _ => $"{string.Join(", ", names.Take(Shown))} and {names.Count - Shown} more",
        };
}
