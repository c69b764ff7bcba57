using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>hₜ = f(W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh), f being tanh or ReLU. Results: outputs of the last layer, last states.</summary>
public sealed class RNN : Module<Tensor, Tensor?, (Tensor, Tensor)>
{
    private readonly RecurrentStack _stack;

    internal RNN(
        long inputSize, long hiddenSize, long numLayers, NonLinearities nonLinearity, bool bias, bool batchFirst, double dropout,
        bool bidirectional, Device? device, ScalarType? dtype)
        : base(nameof(RNN)) =>
        _stack = new RecurrentStack(
            nameof(RNN), nonLinearity == NonLinearities.ReLU ? "rnn_relu" : "rnn_tanh", 1, inputSize, hiddenSize, numLayers, bias,
            batchFirst, dropout, bidirectional, register_parameter, device, dtype);

    public new (Tensor, Tensor) call(Tensor input, Tensor? h0 = null) => base.call(input, h0);

    public (utils.rnn.PackedSequence, Tensor) call(utils.rnn.PackedSequence input, Tensor? h0 = null)
    {
        (utils.rnn.PackedSequence output, Tensor[] last) = _stack.Run(this, input, h0);
        return (output, last[0]);
    }

    public override (Tensor, Tensor) forward(Tensor input, Tensor? h0)
    {
        Tensor[] results = _stack.Run(this, input, h0);
        return (results[0], results[1]);
    }

    /// <summary>Nothing: each weight keeps its own storage, which every backend takes.</summary>
    public void flatten_parameters()
    {
    }

    public Parameter? get_weight_ih(long idx) => _stack.Weight(this, "weight_ih", idx);

    public Parameter? get_weight_hh(long idx) => _stack.Weight(this, "weight_hh", idx);

    public Parameter? get_bias_ih(long idx) => _stack.Weight(this, "bias_ih", idx);

    public Parameter? get_bias_hh(long idx) => _stack.Weight(this, "bias_hh", idx);
}
