using Lrp.Core.Hooks;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>
/// Notes which module's <c>call</c> is under way on a thread, so that operators can be told by place.
/// </summary>
internal sealed class ModulePath(RuleSite root, string name) : IModuleInterceptor
{
    public object?[] Before(nn.Module module, object?[] inputs)
    {
        if (!root.IsSuspended)
        {
            ForwardTrace.Of(root).Enter(name);
        }

        return inputs;
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        if (!root.IsSuspended)
        {
            ForwardTrace.Of(root).Leave(name);
        }

        return output;
    }
}
