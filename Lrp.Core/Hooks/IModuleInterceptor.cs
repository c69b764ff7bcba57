using TorchSharp;

namespace Lrp.Core.Hooks;

/// <summary>
/// Sees every call of a module it is attached to: the arguments before the module's <c>forward</c> runs, the result
/// after it has run, and may replace both.
/// </summary>
/// <remarks>
/// Both methods are called on the thread that calls the module, and possibly on several threads at once. When the
/// module's <c>forward</c> throws, <see cref="After"/> is not called for that call; the arrays given to
/// <see cref="Before"/> and <see cref="After"/> are then simply dropped, so state that belongs to one call is best
/// tied to the arguments that <see cref="Before"/> returned.
/// </remarks>
public interface IModuleInterceptor
{
    /// <summary>Called before the module runs.</summary>
    /// <param name="module">The module that is called.</param>
    /// <param name="inputs">
    /// The arguments, one entry each, in order; a tuple, a list or a missing (null) argument is one entry.
    /// </param>
    /// <returns>
    /// The arguments for the module: <paramref name="inputs"/> itself when nothing changes, else an array of the same
    /// length whose entries have the parameters' types.
    /// </returns>
    object?[] Before(torch.nn.Module module, object?[] inputs);

    /// <summary>Called after the module has run.</summary>
    /// <param name="module">The module that was called.</param>
    /// <param name="inputs">The arguments it was called with, as <see cref="Before"/> returned them.</param>
    /// <param name="output">What it returned.</param>
    /// <returns><paramref name="output"/> itself, or what the caller gets instead: a value of the same type.</returns>
    object? After(torch.nn.Module module, object?[] inputs, object? output);
}
