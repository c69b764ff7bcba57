namespace Lrp.Checkpoints.Gguf;

/// <summary>Something is larger or deeper than it can be read.</summary>
internal sealed class LimitException(string message) : Exception(message);
