using Lrp.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Rules;

/// <summary>What a recurrent module is made of and called with; float64, five features, six hidden units.</summary>
public sealed record RecurrentCase(
    string Kind,
    int Layers = 1,
    bool Bidirectional = false,
    bool BatchFirst = false,
    bool HasStates = false,
    bool HasBias = true,
    int Steps = 4,
    int Samples = 3
)
{
    public const int Features = 5;
    public const int Hidden = 6;

    public int Directions => Bidirectional ? 2 : 1;

    public nn.Module Module(double dropout = 0)
    {
        manual_seed(1);
        var module = Kind switch
        {
            "LSTM" => nn.LSTM(Features, Hidden, Layers, HasBias, BatchFirst, dropout, Bidirectional),
            "GRU" => nn.GRU(Features, Hidden, Layers, HasBias, BatchFirst, dropout, Bidirectional),
            "tanh" => Elman(nn.NonLinearities.Tanh, dropout),
            "ReLU" => Elman(nn.NonLinearities.ReLU, dropout),
            _ => throw new ArgumentException(Kind),
        };
        return module.to(ScalarType.Float64);
    }

    /// <summary>The sequence, and the initial states if there are any; all require a gradient.</summary>
    public Tensor[] Arguments()
    {
        manual_seed(2);
        long[] shape = BatchFirst ? [Samples, Steps, Features] : [Steps, Samples, Features];
        var sequence = randn(shape, ScalarType.Float64).requires_grad_();
        return !HasStates
            ? [sequence]
            : [sequence, .. Enumerable.Range(0, Kind == "LSTM" ? 2 : 1).Select(_ => State())];
    }

    public static Tensor[] Call(nn.Module module, Tensor[] arguments)
    {
        var hidden = arguments.ElementAtOrDefault(1);
        switch (module)
        {
            case LSTM lstm:
                var (sequence, last, cell) = lstm.call(arguments[0], hidden is null ? null : (hidden, arguments[2]));
                return [sequence, last, cell];
            case GRU gru:
                var (output, state) = gru.call(arguments[0], hidden);
                return [output, state];
            default:
                var (outputs, states) = ((RNN)module).call(arguments[0], hidden);
                return [outputs, states];
        }
    }

    /// <summary>Relevance for outputs: random factors of their values, without history.</summary>
    public static Tensor[] Start(Tensor[] outputs)
    {
        manual_seed(3);
        return
        [
            .. outputs.Select(output => randn(output.shape, ScalarType.Float64).to(output.dtype).mul(output).detach()),
        ];
    }

    private Tensor State() => randn([Layers * Directions, Samples, Hidden], ScalarType.Float64).requires_grad_();

    private nn.Module Elman(nn.NonLinearities activation, double dropout) =>
        nn.RNN(Features, Hidden, Layers, activation, HasBias, BatchFirst, dropout, Bidirectional);
}

/// <summary>
/// The rule by another way: the layers are written step by step and sample by sample, with gates and the ratios
/// tanh(v)/v as constants and with gradients of sums damped by v/s(v). Input times gradient is then the relevance.
/// </summary>
internal sealed class RecurrentReference(RecurrentCase @case, nn.Module module, Stabilizer stabilizer)
{
    private readonly Dictionary<string, Tensor> _weights = module
        .named_parameters()
        .ToDictionary(entry => entry.name, entry => entry.parameter.detach());

    /// <summary>Relevance of each argument.</summary>
    public Tensor[] Relevance(Tensor[] arguments, Tensor[] start)
    {
        Tensor[] leaves = [.. arguments.Select(argument => argument.detach().requires_grad_())];
        var total = zeros([], ScalarType.Float64);
        for (var sample = 0; sample < @case.Samples; sample++)
        {
            var outputs = Forward(leaves, sample);
            for (var k = 0; k < start.Length; k++)
            {
                var relevance = k == 0 ? start[0].select(SampleDimension, sample) : start[k].select(1, sample);
                total += (relevance / outputs[k].detach()).nan_to_num(0, 0, 0).mul(outputs[k]).sum();
            }
        }

        total.backward();
        return [.. leaves.Select(leaf => leaf.grad!.mul(leaf).detach())];
    }

    private int SampleDimension => @case.BatchFirst ? 0 : 1;

    /// <summary>The sequence (time, features) and the last states (layers·directions, hidden) of one sample.</summary>
    private Tensor[] Forward(Tensor[] arguments, int sample)
    {
        var inputs = arguments[0].select(SampleDimension, sample).unbind(0);
        var lastHidden = new List<Tensor>();
        var lastCell = new List<Tensor>();
        for (var layer = 0; layer < @case.Layers; layer++)
        {
            var outputs = new Tensor[@case.Directions][];
            for (var direction = 0; direction < @case.Directions; direction++)
            {
                var number = layer * @case.Directions + direction;
                var hidden = Initial(arguments, 1, number, sample);
                var cell = Initial(arguments, 2, number, sample);
                outputs[direction] = new Tensor[inputs.Length];
                for (var k = 0; k < inputs.Length; k++)
                {
                    var time = direction == 0 ? k : inputs.Length - 1 - k;
                    var suffix = $"_l{layer}{(direction == 0 ? "" : "_reverse")}";
                    (hidden, cell) = Step(suffix, inputs[time], hidden, cell);
                    outputs[direction][time] = hidden;
                }

                lastHidden.Add(hidden);
                lastCell.Add(cell);
            }

            inputs = [.. Enumerable.Range(0, inputs.Length).Select(t => cat([.. outputs.Select(one => one[t])]))];
        }

        Tensor[] ends = [stack(inputs), stack(lastHidden)];
        return @case.Kind == "LSTM" ? [.. ends, stack(lastCell)] : ends;
    }

    private (Tensor Hidden, Tensor Cell) Step(string suffix, Tensor input, Tensor hidden, Tensor cell)
    {
        Tensor Own(int gate) => Affine("ih", suffix, gate, input);
        Tensor Past(int gate) => Affine("hh", suffix, gate, hidden);
        Tensor Sigmoid(int gate) => (Own(gate) + Past(gate)).sigmoid().detach();
        switch (@case.Kind)
        {
            case "LSTM":
                var signal = Activated(Damped(Own(2) + Past(2)), v => v.tanh());
                var memory = Damped(Sigmoid(1) * cell + Sigmoid(0) * signal);
                return (Sigmoid(3) * Activated(memory, v => v.tanh()), memory);
            case "GRU":
                var candidate = Activated(Damped(Own(2) + Sigmoid(0) * Past(2)), v => v.tanh());
                return (Damped((1 - Sigmoid(1)) * candidate + Sigmoid(1) * hidden), cell);
            case "tanh":
                return (Activated(Damped(Own(0) + Past(0)), v => v.tanh()), cell);
            default:
                return (Activated(Damped(Own(0) + Past(0)), v => v.relu()), cell);
        }
    }

    private Tensor Affine(string part, string suffix, int gate, Tensor values)
    {
        var rows = _weights[$"weight_{part}{suffix}"].narrow(0, gate * RecurrentCase.Hidden, RecurrentCase.Hidden);
        var product = rows.mv(values);
        return @case.HasBias
            ? product + _weights[$"bias_{part}{suffix}"].narrow(0, gate * RecurrentCase.Hidden, RecurrentCase.Hidden)
            : product;
    }

    private static Tensor Activated(Tensor values, Func<Tensor, Tensor> function) =>
        values * (function(values) / values).detach();

    /// <summary>The values as they are, with a gradient multiplied by v/s(v).</summary>
    private Tensor Damped(Tensor values)
    {
        var constant = values.detach();
        var share = constant / stabilizer.Apply(constant.unsqueeze(0)).squeeze(0);
        return values * share + (constant - constant * share);
    }

    private Tensor Initial(Tensor[] arguments, int place, int number, int sample) =>
        arguments.Length > place
            ? arguments[place].select(0, number).select(0, sample)
            : zeros(RecurrentCase.Hidden, ScalarType.Float64);
}
