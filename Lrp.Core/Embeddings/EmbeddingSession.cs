using static TorchSharp.torch;

namespace Lrp.Core.Embeddings;

/// <summary>
/// Passes of a model in which somebody other than a registration decides about the outputs of its embeddings: the
/// registration of the model, if it has one, then leaves them alone.
/// </summary>
internal sealed class EmbeddingSession : IDisposable
{
    [ThreadStatic]
    private static EmbeddingSession? _current;

    private readonly EmbeddingTap _tap;
    private readonly IDisposable? _hooks;
    private Func<EmbeddingCall, Tensor?>? _answer;

    /// <summary>Prepares passes of a model.</summary>
    public EmbeddingSession(nn.Module model)
    {
        _tap = new EmbeddingTap(model, () => ReferenceEquals(_current, this), call => _answer?.Invoke(call));
        _hooks = EmbeddingTap.SeesOperators ? null : _tap.Hook();
    }

    /// <summary>What sees the embeddings of the pass that runs on this thread; null outside of such passes.</summary>
    public static EmbeddingTap? CurrentTap => _current?._tap;

    /// <summary>Runs a pass.</summary>
    /// <param name="answer">
    /// Gets each call of an embedding; returns what the model gets in place of the output, or null for the output.
    /// </param>
    /// <param name="pass">Runs the model.</param>
    /// <returns>What the pass returned.</returns>
    public Tensor Run(Func<EmbeddingCall, Tensor?> answer, Func<Tensor> pass)
    {
        var outer = _current;
        _current = this;
        _answer = answer;
        _tap.Forget();
        try
        {
            using var operators = _tap.Enter(endsWithModuleCall: false);
            return pass();
        }
        finally
        {
            _answer = null;
            _current = outer;
        }
    }

    /// <summary>Takes the hooks off the model.</summary>
    public void Dispose() => _hooks?.Dispose();
}
