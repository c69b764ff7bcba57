using static TorchSharp.torch;

namespace Lrp.Core.Engine;

/// <summary>
/// What is only of use while one forward pass of the registered model runs: the calls of modules that a rectifier may
/// follow, by the tensor that it would be called with.
/// </summary>
internal sealed class ForwardPass : IDisposable
{
    private readonly Dictionary<Tensor, RectifiableCall> calls = new(ReferenceEqualityComparer.Instance);

    /// <summary>Remembers a call by its output.</summary>
    public void Add(Tensor output, RectifiableCall call) => calls[output] = call;

    /// <summary>The call that made a tensor, if a rectifier may take its place; the caller disposes it.</summary>
    public RectifiableCall? Take(Tensor output) => calls.Remove(output, out var call) ? call : null;

    public void Dispose()
    {
        foreach (var call in calls.Values)
        {
            call.Dispose();
        }

        calls.Clear();
    }
}
