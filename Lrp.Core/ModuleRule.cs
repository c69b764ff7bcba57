using Lrp.Core.Hooks;
using TorchSharp;

namespace Lrp.Core;

/// <summary>A rule for modules: it sees their calls through an <see cref="IModuleInterceptor"/>.</summary>
public abstract class ModuleRule : Rule
{
    /// <summary>Says why the rule cannot be used on a module, before anything is attached.</summary>
    /// <param name="module">The module that a composite's entry matched.</param>
    /// <returns>
    /// Null when the rule is defined for it, else half a sentence that continues "… is not defined for …:".
    /// </returns>
    public virtual string? ObjectionTo(torch.nn.Module module) => null;

    /// <summary>Makes the interceptor that carries the rule out at one place.</summary>
    /// <param name="site">The place: module, name, and where to report to.</param>
    /// <returns>An interceptor that the registration attaches, and removes when it is disposed.</returns>
    public abstract IModuleInterceptor Intercept(RuleSite site);
}
