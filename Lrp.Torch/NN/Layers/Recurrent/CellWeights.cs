using Lrp.Torch.Interop;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Sizes of a recurrent cell, and the call of libtorch's operator of one step.</summary>
internal sealed class CellWeights
{
    private readonly string _module;
    private readonly string _operator;
    private readonly long _inputSize;
    private readonly long _hiddenSize;
    private nint _step;

    internal CellWeights(
        string module, string operatorName, long gates, long inputSize, long hiddenSize, bool bias, Action<string, Parameter> register,
        Device? device, ScalarType? dtype)
    {
        if (inputSize <= 0 || hiddenSize <= 0)
        {
            throw new ArgumentException($"{module}: input size {inputSize} and hidden size {hiddenSize} must be greater than 0.");
        }

        _module = module;
        _operator = operatorName;
        _inputSize = inputSize;
        _hiddenSize = hiddenSize;
        double bound = 1 / Math.Sqrt(hiddenSize);
        void Add(string name, params long[] shape)
        {
            Parameter parameter = Held.Parameter(shape, device, dtype);
            init.uniform_(parameter, -bound, bound);
            register(name, parameter);
        }

        Add("weight_ih", gates * hiddenSize, inputSize);
        Add("weight_hh", gates * hiddenSize, hiddenSize);
        if (bias)
        {
            Add("bias_ih", gates * hiddenSize);
            Add("bias_hh", gates * hiddenSize);
        }
    }

    internal static Parameter? Get(Module owner, string name) => owner.has_parameter(name) ? owner.get_parameter(name) : null;

    /// <summary>One step over (N, features) or (features); the states that result have the same batch.</summary>
    internal Tensor[] Step(Module owner, Tensor input, params Tensor?[] states)
    {
        if (input.dim() is not (1 or 2) || input.size(-1) != _inputSize)
        {
            throw new ArgumentException(
                $"{_module}: expected (N, {_inputSize}) or ({_inputSize}), got {Held.Shape(input)}.", nameof(input));
        }

        bool batched = input.dim() == 2;
        using Tensor batch = batched ? input.alias() : input.unsqueeze(0);
        var given = new Tensor[states.Length];
        for (int k = 0; k < given.Length; k++)
        {
            given[k] = states[k] switch
            {
                null => zeros([batch.size(0), _hiddenSize], dtype: input.dtype, device: input.device),
                { } state => batched ? state.alias() : state.unsqueeze(0),
            };
            if (given[k].dim() != 2 || given[k].size(0) != batch.size(0) || given[k].size(1) != _hiddenSize)
            {
                throw new ArgumentException(
                    $"{_module}: expected a state of {_hiddenSize} features for input {Held.Shape(input)}, got {Held.Shape(states[k]!)}.",
                    nameof(states));
            }
        }

        var call = new Call(ref _step, _operator, "");
        call.Add(batch);
        if (given.Length == 1)
        {
            call.Add(given[0]);
        }
        else
        {
            call.Add(given);
        }

        call.Add(Get(owner, "weight_ih")!);
        call.Add(Get(owner, "weight_hh")!);
        call.Add(Get(owner, "bias_ih"));
        call.Add(Get(owner, "bias_hh"));
        Tensor[] results = call.AllTensors();
        GC.KeepAlive(owner);
        foreach (Tensor state in given)
        {
            state.Dispose();
        }

        for (int k = 0; !batched && k < results.Length; k++)
        {
            using Tensor row = results[k];
            results[k] = row.squeeze(0);
        }

        return results;
    }
}
