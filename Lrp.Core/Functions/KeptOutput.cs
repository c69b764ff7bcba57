using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>
/// A function's own output, kept for its backward pass. Later code may change the output in place, which plain
/// gradients would allow: then it is computed once more from the operands.
/// </summary>
internal sealed class KeptOutput
{
    private Tensor? _output;
    private long _version;

    public void Keep(Tensor output)
    {
        if (OperatorInterception.VersionOf(output) is not { } version)
        {
            return; // changes cannot be noticed here
        }

        _version = version;
        _output = output.detach().DetachFromDisposeScope();
    }

    /// <summary>The output as it was, in the current dispose scope. A second backward pass computes it again.</summary>
    public Tensor Take(Func<Tensor> compute)
    {
        var output = Interlocked.Exchange(ref _output, null);
        if (output is null)
        {
            return compute();
        }

        CurrentDisposeScope?.Attach(output);
        return OperatorInterception.VersionOf(output) == _version ? output : compute();
    }
}
