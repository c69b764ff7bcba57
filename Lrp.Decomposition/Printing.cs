using System.Globalization;
using System.Text;
using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <summary>Formats compositions and shapes for messages.</summary>
internal static class Printing
{
    private const long SmallEnough = 64;

    public static string Shape(IEnumerable<long> shape) => $"({string.Join(", ", shape)})";

    public static string Describe(Composition composition)
    {
        var kind = composition.IsTokens ? "tokens, " : string.Empty;
        var text = new StringBuilder()
            .Append(
                CultureInfo.InvariantCulture,
                $"{(composition.IsContextual ? "contextual" : "additive")} composition of "
            )
            .Append(
                CultureInfo.InvariantCulture,
                $"{kind}shape {Shape(composition.Shape)}, {composition.Count} components, "
            )
            .Append(CultureInfo.InvariantCulture, $"{composition.Dtype}, {composition.Device}");
        if (composition.IsTokens || composition.Count * composition.Value.numel() > SmallEnough)
        {
            return text.ToString();
        }

        for (long k = 0; k < composition.Count; k++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  {k}: {Numbers(composition[k])}");
        }

        return composition.IsContextual
            ? text.ToString()
            : text.Append("\n  residual: ").Append(Numbers(composition.Residual)).ToString();
    }

    private static string Numbers(Tensor tensor)
    {
        using var flat = tensor.detach().to_type(ScalarType.Float64).cpu().reshape(-1);
        var numbers = flat.data<double>().ToArray();
        return $"[{string.Join(", ", numbers.Select(number => number.ToString("g4", CultureInfo.InvariantCulture)))}]";
    }
}
