using Lrp.Models.Transformers.Configurations;

namespace Lrp.Models.Vision;

/// <summary>Hugging Face's names of the parts of networks for images.</summary>
internal static class HubNames
{
    /// <summary>The name of a tensor after a table of names of parts; as it is where no part fits.</summary>
    public static string Translated(string name, IEnumerable<(string From, string To)> table)
    {
        foreach (var (from, to) in table)
        {
            if (name == from || name.StartsWith($"{from}.", StringComparison.Ordinal))
            {
                return to + name[from.Length..];
            }
        }

        return name;
    }

    /// <summary>The exception for a folder whose architecture is none of those that are known.</summary>
    public static NotSupportedException Unknown(ModelConfig config, IEnumerable<string> known) =>
        new(
            $"{config.Path} names the architecture {config.Architecture ?? "(none)"}; networks for images that are "
                + $"known here: {string.Join(", ", known)}."
        );
}
