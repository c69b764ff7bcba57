using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>One step of <see cref="LSTM"/>: the next hidden and cell states.</summary>
public sealed class LSTMCell : Module<Tensor, (Tensor, Tensor)?, (Tensor, Tensor)>
{
    private readonly CellWeights _cell;

    internal LSTMCell(long inputSize, long hiddenSize, bool bias, Device? device, ScalarType? dtype) : base(nameof(LSTMCell)) =>
        _cell = new CellWeights(nameof(LSTMCell), "lstm_cell", 4, inputSize, hiddenSize, bias, register_parameter, device, dtype);

    public Parameter? weight_ih
    {
        get => CellWeights.Get(this, nameof(weight_ih));
        set
        {
            value?.DetachFromDisposeScope();
            ConditionallyRegisterParameter(nameof(weight_ih), value);
        }
    }

    public Parameter? weight_hh
    {
        get => CellWeights.Get(this, nameof(weight_hh));
        set
        {
            value?.DetachFromDisposeScope();
            ConditionallyRegisterParameter(nameof(weight_hh), value);
        }
    }

    public Parameter? bias_ih
    {
        get => CellWeights.Get(this, nameof(bias_ih));
        set
        {
            value?.DetachFromDisposeScope();
            ConditionallyRegisterParameter(nameof(bias_ih), value);
        }
    }

    public Parameter? bias_hh
    {
        get => CellWeights.Get(this, nameof(bias_hh));
        set
        {
            value?.DetachFromDisposeScope();
            ConditionallyRegisterParameter(nameof(bias_hh), value);
        }
    }

    public new (Tensor, Tensor) call(Tensor input, (Tensor, Tensor)? h0_c0 = null) => base.call(input, h0_c0);

    public override (Tensor, Tensor) forward(Tensor input, (Tensor, Tensor)? h0_c0)
    {
        Tensor[] next = _cell.Step(this, input, h0_c0?.Item1, h0_c0?.Item2);
        return (next[0], next[1]);
    }
}
