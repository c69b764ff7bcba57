namespace Lrp.Checkpoints.Pickles;

/// <summary>
/// What a name in a pickle stands for, where it may be called: a function of ours that makes a value, never Python's.
/// </summary>
/// <param name="Name">The name, for messages.</param>
/// <param name="Make">Makes the value out of the arguments.</param>
internal sealed record PickleCall(string Name, Func<List<object?>, object?> Make);
