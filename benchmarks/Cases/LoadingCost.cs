using System.Text.RegularExpressions;
using Lrp.Checkpoints;
using Lrp.Models.Transformers;
using Lrp.Models.Transformers.Brands;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>The cost of loading a checkpoint of 135 million parameters, relative to reading its file.</summary>
internal sealed partial class LoadingCost : ISubject
{
    /// <summary>The baseline.</summary>
    public const string Plain = "reading the file";

    private const string Network = "llama-0.1B";

    private readonly string _folder = Directory.CreateTempSubdirectory("lrp-").FullName;
    private readonly string _weights;

    public LoadingCost()
    {
        _weights = Path.Combine(_folder, "model.safetensors");
        File.WriteAllText(Path.Combine(_folder, "config.json"), Transformers.Configurations[Network]);

        using var model = Transformers.Create(Network, ScalarType.BFloat16);
        SafetensorsFile.Save(
            _weights,
            model
                .named_parameters()
                .Where(entry => entry.name.StartsWith("stack.", StringComparison.Ordinal))
                .Select(entry => KeyValuePair.Create(Named(entry.name), (Tensor)entry.parameter))
        );
    }

    public Visit Open(string name) => new(name == Plain ? Read : Load);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>What a LLaMA's checkpoint calls a parameter.</summary>
    private static string Named(string name)
    {
        var block = Block().Match(name).Groups[1].Value;
        return LlamaBrands
            .Names.Select(entry => (Ours: Of(entry.Ours), Theirs: Of(entry.Theirs)))
            .Where(entry => name.StartsWith($"{entry.Ours}.", StringComparison.Ordinal))
            .Select(entry => $"model.{entry.Theirs}{name[entry.Ours.Length..]}")
            .Single();

        string Of(string pattern) => pattern.Replace("{k}", block, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\.blocks\.(\d+)\.")]
    private static partial Regex Block();

    private void Read() => _ = File.ReadAllBytes(_weights).Length;

    private void Load() => Transformer.Load(_folder).Dispose();
}
