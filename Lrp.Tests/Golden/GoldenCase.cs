using System.Text.Json;
using Lrp.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>One reference case: a descriptor and the tensors that another implementation computed.</summary>
public sealed class GoldenCase : IDisposable
{
    /// <summary>The kind of references for published models, whose descriptors name none.</summary>
    internal const string RealModel = "real model";

    private const double DefaultTolerance = 1e-6;

    private readonly SafetensorsFile _file;
    private readonly JsonDocument _document;

    public GoldenCase(string path)
    {
        _file = SafetensorsFile.Open(path);
        _document = JsonDocument.Parse(_file.Metadata["case"]);
        Path = path;
    }

    /// <summary>Whether a file is a case; the weights of a model, which a case may name, are none.</summary>
    public static bool IsCase(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Metadata.ContainsKey("case");
    }

    public string Path { get; }

    public JsonElement Descriptor => _document.RootElement;

    /// <summary>The kind; <see cref="RealModel"/> where the descriptor names a model in place of a kind.</summary>
    public string Kind =>
        Descriptor.TryGetProperty("kind", out var kind) ? kind.GetString()!
        : Descriptor.TryGetProperty("model", out _) ? RealModel
        : "none";

    public IEnumerable<string> Names => _file.Names;

    /// <summary>The largest difference allowed, relative to the largest reference entry.</summary>
    public double Tolerance =>
        Descriptor.TryGetProperty("tolerance", out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : DefaultTolerance;

    public bool Has(string name) => _file.Contains(name);

    /// <summary>A tensor of the file; the caller's dispose scope frees it.</summary>
    public Tensor Read(string name) => _file.ReadTensor(name);

    /// <summary>The tensors whose names begin with a prefix and a dot, without it: a state dict.</summary>
    public Dictionary<string, Tensor> ReadAll(string prefix) =>
        Names
            .Where(name => name.StartsWith(prefix + ".", StringComparison.Ordinal))
            .ToDictionary(name => name[(prefix.Length + 1)..], Read);

    /// <summary>Holds a result against the reference of a name.</summary>
    public void AssertClose(Tensor actual, string name)
    {
        using var scope = NewDisposeScope();
        AssertClose(actual, Read(name), name);
    }

    /// <summary>Holds a result against a reference, relative to the reference's largest finite entry.</summary>
    public void AssertClose(Tensor actual, Tensor expected, string what)
    {
        using var scope = NewDisposeScope();
        Assert.That(actual.shape, Is.EqualTo(expected.shape), $"shape of {what}");
        if (expected.numel() == 0)
        {
            return;
        }

        var reference = expected.to(ScalarType.Float64);
        var result = actual.detach().to(ScalarType.Float64);
        var missing = reference.isnan();
        Assert.That(
            missing.ne(result.isnan()).any().ToBoolean(),
            Is.False,
            $"{what} has NaN in other places than the reference"
        );
        var largest = reference.nan_to_num(0, 0, 0).abs().max().ToDouble();
        var difference = result.sub(reference).masked_fill(missing, 0).abs().max().ToDouble();
        Assert.That(
            difference,
            Is.LessThanOrEqualTo(Tolerance * Math.Max(largest, double.Epsilon)),
            $"{what} is off by {difference:g3}; the reference's largest entry is {largest:g3}"
        );
    }

    public void Dispose()
    {
        _document.Dispose();
        _file.Dispose();
    }
}
