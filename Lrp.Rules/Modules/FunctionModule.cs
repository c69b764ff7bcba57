using Lrp.Core.Registrations;
using Lrp.Rules.FunctionRules;
using static TorchSharp.torch;

namespace Lrp.Rules.Modules;

/// <summary>A function of torch as a module, so that it has a name and a composite can match it.</summary>
/// <remarks>
/// By itself it has the rule of the drop-in in <see cref="Relevance"/>. Where a registered composite matched it, it is
/// the plain function, and the composite's rule counts.
/// </remarks>
internal static class FunctionModule
{
    /// <summary>Whether the module runs with its own rule.</summary>
    /// <param name="module">The module.</param>
    /// <param name="onlyWhileRegistered">
    /// Whether it is the plain function where nothing is registered, so that the gradient of its model is the gradient.
    /// </param>
    public static bool HasOwnRule(nn.Module module, bool onlyWhileRegistered = false) =>
        !Registration.HasRule(module) && (!onlyWhileRegistered || Registration.CarriesRelevance(module));
}
