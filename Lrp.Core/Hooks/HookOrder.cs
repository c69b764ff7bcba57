using System.Collections;
using static TorchSharp.torch;

namespace Lrp.Core.Hooks;

/// <summary>
/// Puts hooks next to the module's forward: the last before it and the first after it, so that hooks of others, which
/// may replace inputs and outputs, work on the graph around the layer and not inside it.
/// </summary>
/// <remarks>
/// TorchSharp has no way to say where a hook goes. It runs them in the order of two private dictionaries, which are
/// filled anew here; under a TorchSharp that has no such fields hooks keep the order of registration.
/// </remarks>
internal static class HookOrder
{
    /// <summary>Attaches an interceptor next to the module's forward.</summary>
    /// <param name="module">The module.</param>
    /// <param name="interceptor">The interceptor.</param>
    /// <returns>Removes it when disposed.</returns>
    public static IDisposable AttachInnermost(nn.Module module, IModuleInterceptor interceptor)
    {
        var before = Hooks(module, "pre_hooks");
        var after = Hooks(module, "post_hooks");
        var earlier = Entries(before);
        var later = Entries(after);
        var removal = ModuleHooks.Attach(module, interceptor);
        Refill(before, [.. earlier, .. Added(before, earlier)]);
        Refill(after, [.. Added(after, later), .. later]);
        return removal;
    }

    private static IDictionary? Hooks(nn.Module module, string field) =>
        InstanceFields.Of(module.GetType()).LastOrDefault(found => found.Name == field)?.GetValue(module)
        as IDictionary;

    private static DictionaryEntry[] Entries(IDictionary? hooks) =>
        hooks is null ? [] : [.. hooks.Keys.Cast<object>().Select(key => new DictionaryEntry(key, hooks[key]))];

    private static IEnumerable<DictionaryEntry> Added(IDictionary? hooks, DictionaryEntry[] known) =>
        Entries(hooks).Where(entry => !known.Any(other => other.Key.Equals(entry.Key)));

    private static void Refill(IDictionary? hooks, DictionaryEntry[] entries)
    {
        hooks?.Clear();
        foreach (var entry in entries)
        {
            hooks?.Add(entry.Key, entry.Value);
        }
    }
}
