using System.Text.RegularExpressions;
using Lrp.Checkpoints;
using Lrp.Models.Transformers.Configurations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>The tensors of a checkpoint, by the names of a brand, read into the parameters of a model.</summary>
internal sealed class CheckpointTensors
{
    private readonly Checkpoint _files;
    private readonly IReadOnlyList<NamePattern> _patterns;
    private readonly IReadOnlyList<string> _unused;
    private readonly IReadOnlyList<string> _otherHeads = [];
    private readonly string _description;

    /// <summary>Finds out how the checkpoint's names begin.</summary>
    /// <param name="files">The files.</param>
    /// <param name="brand">The brand.</param>
    /// <param name="task">Chooses the head.</param>
    public CheckpointTensors(Checkpoint files, Brand brand, TransformerTask task)
    {
        _files = files;
        _unused = brand.Unused;
        _description = "config.json";
        var head = task == TransformerTask.States ? [] : brand.Heads[task].Names;
        _otherHeads =
        [
            .. brand
                .Heads.Values.SelectMany(other => other.Names)
                .Select(name => name.Theirs)
                .Where(name => !head.Any(own => own.Theirs.StartsWith(name, StringComparison.Ordinal))),
        ];
        var prefix = Prefixes(brand.Prefix).First(prefix => prefix.Length == 0 || HasNames(prefix));
        _patterns = [.. TensorName.Inside("", prefix, brand.Names).Concat(head).Select(name => new NamePattern(name))];

        bool HasNames(string start) => files.Names.Any(name => name.StartsWith(start, StringComparison.Ordinal));
    }

    /// <summary>The tensors of a file whose names begin with nothing.</summary>
    /// <param name="files">The file.</param>
    /// <param name="names">Our names and the file's.</param>
    /// <param name="unused">Parts of names of tensors that a model does not need.</param>
    /// <param name="description">What says how the model is built, for messages.</param>
    public CheckpointTensors(
        Checkpoint files,
        IReadOnlyList<TensorName> names,
        IReadOnlyList<string> unused,
        string description
    )
    {
        _files = files;
        _unused = unused;
        _description = description;
        _patterns = [.. names.Select(name => new NamePattern(name))];
    }

    /// <summary>
    /// The element type to compute in: float64 where most of the checkpoint's numbers are float64, else float32. In
    /// half precision relevance has one or two digits, and many processors are slow.
    /// </summary>
    public ScalarType Dtype
    {
        get
        {
            var entries = _files.Entries;
            var doubles = entries.Where(entry => entry.Type is ScalarType.Float64).Sum(entry => entry.ByteLength);
            var all = entries.Sum(entry => entry.ByteLength);
            return 2 * doubles > all ? ScalarType.Float64 : ScalarType.Float32;
        }
    }

    /// <summary>Fills the parameters of a model.</summary>
    /// <exception cref="CheckpointException">
    /// Tensors are missing, unexpected or of another shape; the message names all of them, and nothing is read.
    /// </exception>
    /// <param name="model">The model.</param>
    /// <param name="stored">Takes over the weights of linear layers, which are not filled; null for none.</param>
    public void ReadInto(Transformer model, StoredWeights? stored = null)
    {
        var plan = new List<(string Name, ParameterSource Source)>();
        var missing = new List<string>();
        var misshapen = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        var stack = model.Configuration.Stack;
        var parameters = model.named_parameters().ToList();
        var sizes = parameters.ToDictionary(entry => entry.name, entry => entry.parameter.shape[0]);
        foreach (var (name, parameter) in parameters)
        {
            var sources = SourcesOf(name).ToList();
            if (sources.Find(source => _files.Contains(source.Theirs)) is not { } found)
            {
                missing.Add(sources.Count > 0 ? sources[0].Theirs : name);
                continue;
            }

            used.Add(found.Theirs);
            var entry = _files.Entry(found.Theirs);
            var rows = found.Sharing.Select(other => sizes.GetValueOrDefault(other)).ToList();
            var source = new ParameterSource(
                _files,
                entry,
                found,
                parameter,
                stack,
                rows.Take(found.Index).Sum(),
                rows.Sum()
            );
            if (source.Fault is { } fault)
            {
                misshapen.Add(fault);
            }

            plan.Add((name, source));
        }

        if (model.Configuration.Head?.IsTied == true)
        {
            // The output layer is the table of words, and some files have it once more.
            used.UnionWith(SourcesOf("head.output.weight").Select(source => source.Theirs));
        }

        ThrowIfFaulty(missing, [.. _files.Names.Where(name => !used.Contains(name) && !IsUnused(name))], misshapen);
        using var grad = no_grad();
        var linear = model
            .named_modules()
            .Where(entry => stored is not null && entry.module is Linear)
            .ToDictionary(entry => entry.name + ".weight", entry => (Linear)entry.module);
        foreach (var (name, source) in plan)
        {
            if (linear.TryGetValue(name, out var layer))
            {
                stored!.Add(layer, source);
            }
            else
            {
                source.Read();
            }
        }
    }

    private static IEnumerable<string> Prefixes(string prefix)
    {
        yield return prefix;
        if (prefix.IndexOf('.', StringComparison.Ordinal) is var end && end < prefix.Length - 1)
        {
            yield return prefix[(end + 1)..];
        }

        yield return "";
    }

    /// <summary>Where a parameter may be, with the rows of it that other parameters have.</summary>
    private IEnumerable<FoundName> SourcesOf(string ours)
    {
        foreach (var pattern in _patterns)
        {
            if (pattern.Match(ours) is { } theirs)
            {
                List<string> sharing = pattern.Name.Part is TensorPart.Whole or TensorPart.Neighbours
                    ? [ours]
                    :
                    [
                        .. _patterns
                            .Where(other => other.Name.Theirs == pattern.Name.Theirs)
                            .Select(other => other.OursLike(pattern, ours)),
                    ];
                yield return new FoundName(Existing(theirs), pattern.Name, sharing.IndexOf(ours), sharing);
            }
        }
    }

    /// <summary>Checkpoints from before 2019 call the parameters of norms gamma and beta.</summary>
    private string Existing(string name)
    {
        var old = name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
            .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);
        return !_files.Contains(name) && _files.Contains(old) ? old : name;
    }

    /// <summary>
    /// Parts that no model needs, and the heads of other tasks, which published files often have too.
    /// </summary>
    private bool IsUnused(string name) =>
        _unused.Any(part => name.Contains(part, StringComparison.Ordinal))
        || _otherHeads.Any(head => name == head || name.StartsWith($"{head}.", StringComparison.Ordinal));

    private void ThrowIfFaulty(List<string> missing, List<string> unexpected, List<string> misshapen)
    {
        var faults = new List<string>();
        Add("missing", missing);
        Add("not known to the model", unexpected);
        Add($"of another shape than {_description} says", misshapen);
        if (faults.Count > 0)
        {
            throw new CheckpointException(
                $"The weights do not fit {_description}; take both from one place. Tensors {string.Join("; ", faults)}."
            );
        }

        void Add(string what, List<string> names)
        {
            if (names.Count > 0)
            {
                faults.Add($"{what}: {string.Join(", ", names.Distinct())}");
            }
        }
    }

    /// <summary>An entry of a brand's names, to be compared with names of parameters.</summary>
    private sealed class NamePattern
    {
        private readonly Regex _pattern;

        public NamePattern(TensorName name)
        {
            Name = name;
            var ours = Regex
                .Escape(name.Ours)
                .Replace(@"\{k}", @"(?<k>\d+)", StringComparison.Ordinal)
                .Replace(@"\{e}", @"(?<e>\d+)", StringComparison.Ordinal);
            _pattern = new Regex($@"^{ours}(?<p>\.weight|\.bias)?$", RegexOptions.CultureInvariant);
        }

        public TensorName Name { get; }

        /// <summary>The parameter that this entry means where another entry means a parameter.</summary>
        public string OursLike(NamePattern other, string ours)
        {
            var match = other._pattern.Match(ours);
            return Name.Ours.Replace("{k}", match.Groups["k"].Value, StringComparison.Ordinal)
                    .Replace("{e}", match.Groups["e"].Value, StringComparison.Ordinal) + match.Groups["p"].Value;
        }

        /// <summary>The name in the file; null where the entry is about another parameter.</summary>
        public string? Match(string ours)
        {
            var match = _pattern.Match(ours);
            return match.Success
                ? Name.Theirs.Replace("{k}", match.Groups["k"].Value, StringComparison.Ordinal)
                    .Replace("{e}", match.Groups["e"].Value, StringComparison.Ordinal) + match.Groups["p"].Value
                : null;
        }
    }
}

/// <summary>Where a parameter is in a checkpoint.</summary>
/// <param name="Theirs">The tensor.</param>
/// <param name="Name">The entry of the brand.</param>
/// <param name="Index">The parameter's number among those that share the tensor.</param>
/// <param name="Sharing">The parameters that share the tensor, in their order.</param>
internal sealed record FoundName(string Theirs, TensorName Name, int Index, IReadOnlyList<string> Sharing);
