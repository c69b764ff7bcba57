namespace Lrp.Onnx;

/// <summary>How far a value is from what ONNX Runtime computes.</summary>
/// <param name="Value">The value's name in the graph.</param>
/// <param name="Largest">The largest difference of an entry; infinite where shapes or NaNs differ.</param>
/// <param name="Scale">The largest entry that ONNX Runtime has.</param>
public sealed record OnnxDifference(string Value, double Largest, double Scale)
{
    /// <summary>The largest difference relative to the largest entry.</summary>
    public double Relative => Largest == 0 ? 0 : Largest / Math.Max(Scale, double.Epsilon);
}
