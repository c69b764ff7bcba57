using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>
/// Long short-term memory (Hochreiter and Schmidhuber 1997), gates in the order input, forget, cell, output. Results:
/// outputs of the last layer, last hidden states, last cell states.
/// </summary>
public sealed class LSTM : Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor, Tensor)>
{
    private readonly RecurrentStack _stack;

    internal LSTM(
        long inputSize, long hiddenSize, long numLayers, bool bias, bool batchFirst, double dropout, bool bidirectional, Device? device,
        ScalarType? dtype)
        : base(nameof(LSTM)) =>
        _stack = new RecurrentStack(
            nameof(LSTM), "lstm", 4, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, register_parameter,
            device, dtype);

    public new (Tensor, Tensor, Tensor) call(Tensor input, (Tensor, Tensor)? h0_c0 = null) => base.call(input, h0_c0);

    public (utils.rnn.PackedSequence, Tensor, Tensor) call(utils.rnn.PackedSequence input, (Tensor, Tensor)? h0_c0 = null)
    {
        (utils.rnn.PackedSequence output, Tensor[] last) = _stack.Run(this, input, h0_c0?.Item1, h0_c0?.Item2);
        return (output, last[0], last[1]);
    }

    public override (Tensor, Tensor, Tensor) forward(Tensor input, (Tensor, Tensor)? h0_c0 = null)
    {
        Tensor[] results = _stack.Run(this, input, h0_c0?.Item1, h0_c0?.Item2);
        return (results[0], results[1], results[2]);
    }

    /// <summary>Nothing: each weight keeps its own storage, which every backend takes.</summary>
    public void flatten_parameters()
    {
    }
}
