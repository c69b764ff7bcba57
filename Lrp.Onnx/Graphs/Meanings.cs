using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Onnx.Graphs;

/// <summary>
/// What values of whole numbers q stand for, s·(q − z): the names of the scale s and of the zero point z of each.
/// </summary>
internal sealed class Meanings(Graph graph)
{
    private readonly Dictionary<string, (string Scale, string Zero)> _known = new(StringComparer.Ordinal);

    public bool Has(string value) => _known.ContainsKey(value);

    public (string Scale, string Zero) Of(string value) => _known[value];

    public void Add(string value, string scale, string zero) => _known[value] = (scale, zero);

    /// <summary>Whether a value has this scale and this zero point, under these names or as equal constants.</summary>
    public bool Are(string value, string scale, string zero) =>
        _known.TryGetValue(value, out var own) && IsSame(own.Scale, scale) && IsSame(own.Zero, zero);

    /// <summary>Whether a scale may be that of a value; of a constant it is not known.</summary>
    public bool IsScaleOf(string value, string scale) =>
        _known.TryGetValue(value, out var own)
            ? IsSame(own.Scale, scale)
            : graph.Constants.ContainsKey(value) && graph.Constants.ContainsKey(scale);

    private bool IsSame(string one, string other)
    {
        var (a, b) = (graph.Constants.GetValueOrDefault(one), graph.Constants.GetValueOrDefault(other));
        return one == other
            || (one.Length == 0 && IsZero(b))
            || (other.Length == 0 && IsZero(a))
            || (
                a is not null
                && b is not null
                && a.numel() == b.numel()
                && a.reshape(-1).eq(b.reshape(-1)).all().ToBoolean()
            );

        static bool IsZero(Tensor? zero) => zero is not null && !zero.ne(0).any().ToBoolean();
    }
}
