namespace Lrp.Checkpoints.Gguf;

/// <summary>Values lie in values deeper than they are followed.</summary>
internal sealed class NestingException(string message) : Exception(message);
