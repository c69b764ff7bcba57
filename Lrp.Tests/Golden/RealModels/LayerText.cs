using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden.RealModels;

/// <summary>A layer as PyTorch prints it: <c>Conv2d(1, 128, kernel_size=(512, 1), stride=(4, 1))</c>.</summary>
internal static partial class LayerText
{
    /// <summary>The names of the arguments that are printed without one.</summary>
    private static readonly Dictionary<string, string[]> Positional = new()
    {
        ["Conv2d"] = ["in_channels", "out_channels"],
        ["BatchNorm2d"] = ["num_features"],
        ["ZeroPad2d"] = ["padding"],
    };

    /// <summary>Arguments that say what is the case anyway.</summary>
    private static readonly HashSet<string> LeftOut = ["affine", "track_running_stats", "momentum"];

    /// <summary>A sequence of layers; those without a name are called by their position.</summary>
    /// <param name="layers">The texts.</param>
    /// <param name="names">The names in the file with weights, null for layers without weights.</param>
    /// <param name="permutation">What <c>Permute()</c> does, which the text does not say.</param>
    public static TorchSharp.Modules.Sequential Sequence(JsonElement layers, JsonElement names, long[] permutation) =>
        nn.Sequential([
            .. layers
                .EnumerateArray()
                .Zip(names.EnumerateArray())
                .Select(
                    (pair, place) =>
                        (
                            pair.Second.GetString() ?? place.ToString(CultureInfo.InvariantCulture),
                            Layer(pair.First.GetString()!, permutation)
                        )
                ),
        ]);

    private static nn.Module<Tensor, Tensor> Layer(string text, long[] permutation)
    {
        var type = text[..text.IndexOf('(')];
        if (type == "Permute")
        {
            return new Permute(permutation);
        }

        var arguments = new Dictionary<string, JsonElement>();
        var position = 0;
        foreach (Match match in Argument().Matches(text[(type.Length + 1)..^1]))
        {
            var name = match.Groups["name"].Success ? match.Groups["name"].Value : Positional[type][position++];
            var isRead = !LeftOut.Contains(name) && (type != "BatchNorm2d" || name != "bias");
            if (isRead)
            {
                arguments[name] = Value(match.Groups["value"].Value);
            }
        }

        return (nn.Module<Tensor, Tensor>)ModuleBuilder.BuildAny(type, arguments);
    }

    private static JsonElement Value(string text)
    {
        var json = text.Replace('(', '[')
            .Replace(')', ']')
            .Replace("True", "true", StringComparison.Ordinal)
            .Replace("False", "false", StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    [GeneratedRegex(@"(?:(?<name>\w+)=)?(?<value>\([^)]*\)|[^,\s][^,]*)")]
    private static partial Regex Argument();

    private sealed class Permute(long[] order) : nn.Module<Tensor, Tensor>(nameof(Permute))
    {
        public override Tensor forward(Tensor input) => input.permute(order);
    }
}
