using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Attribution;

/// <summary>
/// Results of a pass in which the model may have left a dispose scope open, as a cache of keys and values does: what is
/// made afterwards belongs to that scope and not to the one of the pass.
/// </summary>
internal static class LeftScopes
{
    /// <summary>Hands a result to the scope around the one of the pass.</summary>
    /// <param name="scope">The scope that was opened for the pass.</param>
    /// <param name="tensor">The result.</param>
    /// <returns>The result.</returns>
    public static Tensor Return(this DisposeScope scope, Tensor tensor)
    {
        scope.Attach(tensor.DetachFromDisposeScope());
        return scope.MoveToOuter(tensor);
    }
}
