namespace Lrp.Onnx.Errors;

/// <summary>An ONNX file that cannot be used; the derived type says what kind of fault it has.</summary>
public abstract class OnnxException : Exception
{
    private protected OnnxException(string message, Exception? inner = null)
        : base(message, inner) { }
}

/// <summary>
/// The bytes are no ONNX model: cut off, not in the format, or with fields that contradict each other.
/// </summary>
/// <param name="message">What is wrong, and where.</param>
public sealed class OnnxFormatException(string message) : OnnxException(message);

/// <summary>
/// The graph breaks the standard: names that do not exist, cycles, missing attributes, types that differ.
/// </summary>
/// <param name="message">What is wrong, and where.</param>
public sealed class OnnxGraphException(string message) : OnnxException(message);

/// <summary>The file is valid and has something in it that this library does not support.</summary>
/// <param name="message">What is not supported, and what is.</param>
public sealed class OnnxUnsupportedException(string message) : OnnxException(message);

/// <summary>Shapes or types of tensors do not fit an operator.</summary>
/// <param name="message">The node and the shapes.</param>
/// <param name="inner">What libtorch said, where it was libtorch that refused.</param>
public sealed class OnnxShapeException(string message, Exception? inner = null) : OnnxException(message, inner);

/// <summary>
/// External data is missing, is outside the model's folder, or has not the size that its tensor needs.
/// </summary>
/// <param name="message">The tensor and the file.</param>
public sealed class OnnxExternalDataException(string message) : OnnxException(message);

/// <summary>The file asks for memory, or for depth of nesting, out of proportion to its size.</summary>
/// <param name="message">What asks for it, and the limit.</param>
public sealed class OnnxLimitException(string message) : OnnxException(message);
