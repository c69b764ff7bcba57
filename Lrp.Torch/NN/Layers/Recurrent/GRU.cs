using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Gated recurrent unit (Cho et al. 2014), gates in the order reset, update, new. Results: outputs of the last layer, last states.</summary>
public sealed class GRU : Module<Tensor, Tensor?, (Tensor, Tensor)>
{
    private readonly RecurrentStack _stack;

    internal GRU(
        long inputSize, long hiddenSize, long numLayers, bool bias, bool batchFirst, double dropout, bool bidirectional, Device? device,
        ScalarType? dtype)
        : base(nameof(GRU)) =>
        _stack = new RecurrentStack(
            nameof(GRU), "gru", 3, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, register_parameter, device,
            dtype);

    public new (Tensor, Tensor) call(Tensor input, Tensor? h0 = null) => base.call(input, h0);

    public (utils.rnn.PackedSequence, Tensor) call(utils.rnn.PackedSequence input, Tensor? h0 = null)
    {
        (utils.rnn.PackedSequence output, Tensor[] last) = _stack.Run(this, input, h0);
        return (output, last[0]);
    }

    public override (Tensor, Tensor) forward(Tensor input, Tensor? h0 = null)
    {
        Tensor[] results = _stack.Run(this, input, h0);
        return (results[0], results[1]);
    }

    /// <summary>Nothing: each weight keeps its own storage, which every backend takes.</summary>
    public void flatten_parameters()
    {
    }
}
