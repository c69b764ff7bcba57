namespace Lrp.Core.Registrations;

/// <summary>What a registration does when a pass through the whole model begins or ends.</summary>
internal sealed record PassEvents
{
    /// <summary>
    /// The model is called with these arguments, before anything else happens; an exception reaches the caller.
    /// </summary>
    public required Action<object?[]> Called { get; init; }

    /// <summary>A forward pass begins, with gradients or without.</summary>
    public required Action ForwardBegins { get; init; }

    /// <summary>A forward pass is over; the argument says whether gradients were on.</summary>
    public required Action<bool> ForwardEnded { get; init; }

    /// <summary>
    /// Relevance begins at the model's output. Runs inside a backward pass, which no exception may leave.
    /// </summary>
    public required Action BackwardBegins { get; init; }

    /// <summary>Whether the output of a module inside is recorded.</summary>
    public required Func<bool> IsRecorded { get; init; }

    /// <summary>
    /// The output of a pass with gradients holds its tensors, if any, where relevance cannot be begun at them.
    /// </summary>
    public required Action<object> OutputIsHidden { get; init; }
}
