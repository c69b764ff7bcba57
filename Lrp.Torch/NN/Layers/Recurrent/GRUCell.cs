using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>One step of <see cref="GRU"/>.</summary>
public sealed class GRUCell : Module<Tensor, Tensor?, Tensor>
{
    private readonly CellWeights _cell;

    internal GRUCell(long inputSize, long hiddenSize, bool bias, Device? device, ScalarType? dtype) : base(nameof(GRUCell)) =>
        _cell = new CellWeights(
            nameof(GRUCell), "gru_cell", 3, inputSize, hiddenSize, bias, register_parameter, device, dtype);

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

    public override Tensor forward(Tensor input, Tensor? h0 = null) => _cell.Step(this, input, h0)[0];
}
