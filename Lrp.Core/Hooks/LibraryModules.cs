using TorchSharp;

namespace Lrp.Core.Hooks;

/// <summary>
/// The modules of the torch library itself. They keep no hold of what they take and return, so handles that the engine
/// put in place of others can be freed at once; somebody's own module may have stored them.
/// </summary>
internal static class LibraryModules
{
    public static bool Include(torch.nn.Module module) => module.GetType().Assembly == typeof(torch.nn.Module).Assembly;
}
