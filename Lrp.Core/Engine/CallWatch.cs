using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>Notes that a module is called, and nothing else.</summary>
internal sealed class CallWatch(RuleSite site) : IModuleInterceptor
{
    public object?[] Before(nn.Module module, object?[] inputs)
    {
        if (!site.IsSuspended)
        {
            site.MarkCalled();
        }

        return inputs;
    }

    public object? After(nn.Module module, object?[] inputs, object? output) => output;
}
