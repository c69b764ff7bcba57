using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>
/// Around a module that has a rule of its own the functions inside it have none: its rule decides about all of it.
/// </summary>
internal sealed class PausedFunctions(IModuleInterceptor inner) : IModuleInterceptor
{
    private readonly ThreadLocal<Stack<OperatorInterception?>> _paused = new(() => new());

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        var given = inner.Before(module, inputs);
        var paused = _paused.Value!;
        while (paused.TryPeek(out var last) && last is { IsLeft: true })
        {
            paused.Pop(); // its module threw
        }

        paused.Push(OperatorInterception.Suspend());
        return given;
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        try
        {
            return inner.After(module, inputs, output);
        }
        finally
        {
            if (_paused.Value!.TryPop(out var scope))
            {
                scope?.Dispose();
            }
        }
    }
}
