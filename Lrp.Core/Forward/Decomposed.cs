using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>A tensor on its way through the model, together with its parts where it has any.</summary>
/// <param name="Value">The true value, shape (*).</param>
/// <param name="Parts">Its parts; null for a constant, which no component has touched.</param>
public readonly record struct Decomposed(Tensor Value, Parts? Parts)
{
    /// <summary>Whether no component has touched the tensor.</summary>
    public bool IsConstant => Parts is null;

    /// <summary>The parts.</summary>
    /// <exception cref="InvalidOperationException">The tensor is a constant.</exception>
    public Parts Split => Parts ?? throw new InvalidOperationException(
        $"A tensor of shape {Printing.Shape(Value.shape)} has no parts; no component reaches it.");
}
