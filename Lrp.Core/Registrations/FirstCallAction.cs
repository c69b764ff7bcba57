namespace Lrp.Core.Registrations;

/// <summary>What is done once, when the registered model is called for the first time.</summary>
/// <param name="action">Gets the arguments of the call; where it throws, the next call does it again.</param>
internal sealed class FirstCallAction(Action<object?[]> action)
{
    private readonly Lock _gate = new();
    private volatile bool _isDone;

    /// <summary>Whether the model has been called.</summary>
    public bool IsDone => _isDone;

    /// <summary>The model is called; of several threads that call it first, one acts and the others wait.</summary>
    public void Run(object?[] arguments)
    {
        if (_isDone)
        {
            return;
        }

        lock (_gate)
        {
            if (!_isDone)
            {
                action(arguments);
                _isDone = true;
            }
        }
    }
}
