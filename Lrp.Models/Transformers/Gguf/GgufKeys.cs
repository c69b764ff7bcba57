using Lrp.Checkpoints;

namespace Lrp.Models.Transformers.Gguf;

/// <summary>The metadata of one architecture, whose keys begin with its name.</summary>
/// <param name="metadata">All metadata.</param>
/// <param name="architecture">The architecture's name in the file.</param>
internal sealed class GgufKeys(GgufMetadata metadata, string architecture)
{
    // More than any model has of anything that is counted, and small enough for products of three.
    private const long Most = 1 << 20;

    /// <summary>The architecture's name.</summary>
    public string Architecture => architecture;

    /// <summary>The whole key.</summary>
    public string Key(string name) => $"{architecture}.{name}";

    /// <summary>Whether there is such a key.</summary>
    public bool Has(string name) => metadata.ContainsKey(Key(name));

    /// <summary>A number of things, from 1 on.</summary>
    /// <exception cref="GgufModelException">The key is missing, no whole number, or out of proportion.</exception>
    public long Count(string name)
    {
        var count = metadata.Integer(Key(name));
        return count is >= 1 and <= Most
            ? count
            : throw new GgufModelException($"The key '{Key(name)}' is {count}; it has to be from 1 to {Most}.");
    }

    /// <summary>A number of things, or the one to use where there is no such key.</summary>
    public long Count(string name, long otherwise) => Has(name) ? Count(name) : otherwise;

    /// <summary>A number above 0.</summary>
    /// <exception cref="GgufModelException">The key is missing or no such number.</exception>
    public double Positive(string name)
    {
        var number = metadata.Real(Key(name));
        return number > 0 && double.IsFinite(number)
            ? number
            : throw new GgufModelException($"The key '{Key(name)}' is {number}; it has to be above 0.");
    }

    /// <summary>A number above 0, or the one to use where there is no such key.</summary>
    public double Positive(string name, double otherwise) => Has(name) ? Positive(name) : otherwise;

    /// <summary>A text, or the one to use where there is no such key.</summary>
    public string Text(string name, string otherwise) => Has(name) ? metadata.Text(Key(name)) : otherwise;
}
