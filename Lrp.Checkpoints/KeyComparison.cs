using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>
/// Compares the tensors of a checkpoint with the parameters and buffers of a module, and reports all differences
/// together.
/// </summary>
internal sealed class KeyComparison
{
    private const int Shown = 8;

    private readonly List<string> _missing = [];
    private readonly List<string> _unexpected = [];
    private readonly List<string> _mismatched = [];

    public KeyComparison(IReadOnlyDictionary<string, Tensor> module, IReadOnlyDictionary<string, CheckpointEntry> file)
    {
        // A tensor that a model has under two names is often saved under one of them.
        var loaded = module.Where(pair => file.ContainsKey(pair.Key)).Select(pair => Identity(pair.Value)).ToHashSet();
        foreach (var (key, tensor) in module)
        {
            if (!file.TryGetValue(key, out var entry))
            {
                // A counter that older PyTorch did not write, and that no output depends on.
                if (
                    !key.EndsWith("num_batches_tracked", StringComparison.Ordinal) && !loaded.Contains(Identity(tensor))
                )
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
            else if (LosesImaginaryPart(entry, tensor))
            {
                _mismatched.Add($"{key} (file {entry.Dtype}, model {tensor.dtype}, which has no imaginary part)");
            }
        }

        _unexpected.AddRange(file.Where(pair => !module.ContainsKey(pair.Key)).Select(pair => pair.Key));
    }

    public IReadOnlyList<string> Missing => _missing;

    public IReadOnlyList<string> Unexpected => _unexpected;

    /// <summary>Whether a complex tensor would become a real one.</summary>
    public static bool LosesImaginaryPart(CheckpointEntry entry, Tensor destination) =>
        entry.Type is { } type && is_complex(type) && !is_complex(destination.dtype);

    /// <summary>
    /// Throws if shapes differ or, with <paramref name="strict"/>, if names differ.
    /// </summary>
    public void ThrowIfDifferent(Checkpoint checkpoint, string module, bool strict)
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
            throw checkpoint.Fault(
                $"The {checkpoint.Description} does not fit {module}: {string.Join("; ", faults)}.{remedy}"
            );
        }
    }

    private static (nint Place, long Elements) Identity(Tensor tensor) =>
        (tensor.numel() == 0 ? tensor.Handle : MemoryTensor.PlaceOf(tensor), tensor.numel());

    /// <summary>The first names of a list, and the number of the others.</summary>
    public static string Shorten(IReadOnlyCollection<string> names) =>
        names.Count switch
        {
            0 => "none",
            <= Shown => string.Join(", ", names),
            _ => $"{string.Join(", ", names.Take(Shown))} and {names.Count - Shown} more",
        };
}
