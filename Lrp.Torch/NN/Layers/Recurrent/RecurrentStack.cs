using Lrp.Torch.Interop;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>
/// Layers and directions of a recurrent module: names and sizes of its parameters, and the call of libtorch's operator
/// over all of them.
/// </summary>
internal sealed class RecurrentStack
{
    private readonly string _module;
    private readonly string _operator;
    private readonly string[] _names;
    private readonly long _inputSize;
    private readonly long _hiddenSize;
    private readonly long _layers;
    private readonly bool _bias;
    private readonly bool _batchFirst;
    private readonly double _dropout;
    private readonly bool _bidirectional;
    private nint _onPadded;
    private nint _onPacked;

    /// <param name="module">The module's type, for messages.</param>
    /// <param name="operatorName">libtorch's operator: rnn_tanh, rnn_relu, gru or lstm.</param>
    /// <param name="gates">Rows of a weight, in hidden sizes: 1, 3 for GRU, 4 for LSTM.</param>
    /// <param name="inputSize">Features of the input.</param>
    /// <param name="hiddenSize">Features of the hidden state.</param>
    /// <param name="layers">Layers, each fed by the one before.</param>
    /// <param name="bias">Whether there are biases.</param>
    /// <param name="batchFirst">Whether the input is (N, T, …) rather than (T, N, …).</param>
    /// <param name="dropout">Probability of dropout between layers while training.</param>
    /// <param name="bidirectional">Whether each layer has a second, reversed pass.</param>
    /// <param name="register">Called with each parameter, in the order libtorch takes them.</param>
    /// <param name="device">Where the parameters live.</param>
    /// <param name="dtype">The parameters' type.</param>
    internal RecurrentStack(
        string module, string operatorName, long gates, long inputSize, long hiddenSize, long layers, bool bias, bool batchFirst,
        double dropout, bool bidirectional, Action<string, Parameter> register, Device? device, ScalarType? dtype)
    {
        if (inputSize <= 0 || hiddenSize <= 0 || layers <= 0)
        {
            throw new ArgumentException(
                $"{module}: input size {inputSize}, hidden size {hiddenSize} and layers {layers} must be greater than 0.");
        }

        if (dropout is < 0 or > 1)
        {
            throw new ArgumentException($"{module}: dropout is a probability, got {dropout}.", nameof(dropout));
        }

        _module = module;
        _operator = operatorName;
        _inputSize = inputSize;
        _hiddenSize = hiddenSize;
        _layers = layers;
        _bias = bias;
        _batchFirst = batchFirst;
        _dropout = dropout;
        _bidirectional = bidirectional;

        var names = new List<string>();
        double bound = 1 / Math.Sqrt(hiddenSize);
        void Add(string name, params long[] shape)
        {
            Parameter parameter = Held.Parameter(shape, device, dtype);
            init.uniform_(parameter, -bound, bound);
            register(name, parameter);
            names.Add(name);
        }

        for (long layer = 0; layer < layers; layer++)
        {
            long features = layer == 0 ? inputSize : hiddenSize * Directions;
            for (int direction = 0; direction < Directions; direction++)
            {
                string suffix = $"_l{layer}" + (direction == 1 ? "_reverse" : "");
                Add("weight_ih" + suffix, gates * hiddenSize, features);
                Add("weight_hh" + suffix, gates * hiddenSize, hiddenSize);
                if (bias)
                {
                    Add("bias_ih" + suffix, gates * hiddenSize);
                    Add("bias_hh" + suffix, gates * hiddenSize);
                }
            }
        }

        _names = [.. names];
    }

    private long Directions => _bidirectional ? 2 : 1;

    /// <summary>A parameter of a layer and direction, counted as layer · directions + direction; null without biases.</summary>
    internal Parameter? Weight(Module owner, string kind, long index)
    {
        string name = $"{kind}_l{index / Directions}" + (index % Directions == 1 ? "_reverse" : "");
        if (index < 0 || index >= _layers * Directions)
        {
            throw new ArgumentOutOfRangeException(nameof(index), index, $"{_module} has {_layers} layers of {Directions} direction(s).");
        }

        return owner.has_parameter(name) ? owner.get_parameter(name) : null;
    }

    private Tensor[] Weights(Module owner)
    {
        var weights = new Tensor[_names.Length];
        for (int k = 0; k < weights.Length; k++)
        {
            weights[k] = owner.get_parameter(_names[k])!;
        }

        return weights;
    }

    private Tensor Zeros(Tensor like, long batch) =>
        zeros([Directions * _layers, batch, _hiddenSize], dtype: like.dtype, device: like.device);

    /// <summary>(T, N, features) or (N, T, features) through the stack: all outputs, then the last states.</summary>
    internal Tensor[] Run(Module owner, Tensor input, params Tensor?[] states)
    {
        if (input.dim() != 3 || input.size(2) != _inputSize)
        {
            string order = _batchFirst ? "(N, T, features)" : "(T, N, features)";
            throw new ArgumentException(
                $"{_module}: expected {order} with {_inputSize} features, got {Held.Shape(input)}.", nameof(input));
        }

        long batch = input.size(_batchFirst ? 0 : 1);
        var created = new List<Tensor>();
        Tensor[] initial = Initial(input, batch, states, created);
        var call = new Call(ref _onPadded, _operator, "input");
        call.Add(input);
        AddStates(ref call, initial);
        call.Add(Weights(owner));
        call.Add(_bias);
        call.Add(_layers);
        call.Add(_dropout);
        call.Add(owner.training);
        call.Add(_bidirectional);
        call.Add(_batchFirst);
        Tensor[] results = call.AllTensors();
        GC.KeepAlive(owner);
        GC.KeepAlive(input);
        GC.KeepAlive(initial);
        created.ForEach(tensor => tensor.Dispose());
        return results;
    }

    /// <summary>A packed sequence through the stack: the packed outputs' data, then the last states.</summary>
    internal (utils.rnn.PackedSequence, Tensor[]) Run(Module owner, utils.rnn.PackedSequence input, params Tensor?[] states)
    {
        using Tensor first = input.batch_sizes[0];
        var created = new List<Tensor>();
        Tensor[] initial = Initial(input.data, first.item<long>(), states, created);
        if (input.sorted_indices is { } sorted && states[0] is not null)
        {
            for (int k = 0; k < initial.Length; k++)
            {
                initial[k] = initial[k].index_select(1, sorted);
                created.Add(initial[k]);
            }
        }

        var call = new Call(ref _onPacked, _operator, "data");
        call.Add(input.data);
        call.Add(input.batch_sizes);
        AddStates(ref call, initial);
        call.Add(Weights(owner));
        call.Add(_bias);
        call.Add(_layers);
        call.Add(_dropout);
        call.Add(owner.training);
        call.Add(_bidirectional);
        Tensor[] results = call.AllTensors();
        GC.KeepAlive(owner);
        GC.KeepAlive(input);
        GC.KeepAlive(initial);
        created.ForEach(tensor => tensor.Dispose());
        Tensor[] last = results[1..];
        if (input.unsorted_indices is { } unsorted)
        {
            for (int k = 0; k < last.Length; k++)
            {
                using Tensor inSortedOrder = last[k];
                last[k] = inSortedOrder.index_select(1, unsorted);
            }
        }

        return (new utils.rnn.PackedSequence(results[0], input.batch_sizes.alias(), input.sorted_indices?.alias(), input.unsorted_indices?.alias()), last);
    }

    private Tensor[] Initial(Tensor input, long batch, Tensor?[] states, List<Tensor> created)
    {
        var initial = new Tensor[states.Length];
        for (int k = 0; k < states.Length; k++)
        {
            if (states[k] is not { } state)
            {
                initial[k] = Zeros(input, batch);
                created.Add(initial[k]);
                continue;
            }

            if (!state.shape.AsSpan().SequenceEqual([Directions * _layers, batch, _hiddenSize]))
            {
                throw new ArgumentException(
                    $"{_module}: expected an initial state of [{Directions * _layers}, {batch}, {_hiddenSize}] for input {Held.Shape(input)}, got {Held.Shape(state)}.",
                    nameof(states));
            }

            initial[k] = state;
        }

        return initial;
    }

    private static void AddStates(ref Call call, Tensor[] states)
    {
        if (states.Length == 1)
        {
            call.Add(states[0]);
        }
        else
        {
            call.Add(states);
        }
    }
}
