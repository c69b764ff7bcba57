using TorchSharp;

namespace Lrp.Core.Hooks;

/// <summary>Two interceptors on one module, the one around the other.</summary>
internal sealed class NestedInterceptor(IModuleInterceptor outer, IModuleInterceptor inner) : IModuleInterceptor
{
    public object?[] Before(torch.nn.Module module, object?[] inputs) =>
        inner.Before(module, outer.Before(module, inputs));

    public object? After(torch.nn.Module module, object?[] inputs, object? output) =>
        outer.After(module, inputs, inner.After(module, inputs, output));
}
