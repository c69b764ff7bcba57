using Lrp.Onnx.Format;

namespace Lrp.Cli;

/// <summary>Something that the user gave cannot be used; the message says what, and what can.</summary>
internal sealed class BadInputException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Which exceptions are about what the user gave.</summary>
internal static class BadInput
{
    /// <summary>Whether the message of an exception is meant for the user.</summary>
    public static bool Is(Exception exception) =>
        exception
            is BadInputException
                or ArgumentException
                or DllNotFoundException
                or FormatException
                or InvalidDataException
                or InvalidOperationException
                or IOException
                or NotSupportedException
                or OnnxException
                or UnauthorizedAccessException;

    /// <summary>The message in one line, without the name of a parameter of the library.</summary>
    public static string Sentence(Exception exception)
    {
        var message = exception.Message;
        if (exception is ArgumentException { ParamName: { } parameter })
        {
            message = message.Replace($" (Parameter '{parameter}')", string.Empty, StringComparison.Ordinal);
        }

        return message.ReplaceLineEndings(" ");
    }
}
