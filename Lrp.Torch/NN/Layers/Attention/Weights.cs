using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>
/// The parameters of a module below a prefix, as "layers.0." of an encoder. TorchSharp's attention and transformer
/// modules hold the parameters of their parts under dotted names and have no submodules, and so do these.
/// </summary>
internal readonly struct Weights(Module owner, string prefix = "")
{
    internal Parameter this[string name] => owner.get_parameter(prefix + name)!;

    internal Parameter? Find(string name) => owner.has_parameter(prefix + name) ? owner.get_parameter(prefix + name) : null;

    internal Weights Under(string part) => new(owner, prefix + part + ".");

    internal Tensor Linear(string part, Tensor input) => functional.linear(input, this[part + ".weight"], Find(part + ".bias"));

    internal Tensor Norm(string part, Tensor input)
    {
        Parameter weight = this[part + ".weight"];
        return functional.layer_norm(input, weight.shape, weight, Find(part + ".bias"));
    }
}

/// <summary>Creation of parameters in the order and with the distributions of PyTorch's modules.</summary>
internal readonly struct WeightBuilder(Action<string, Parameter> register, string prefix = "")
{
    internal WeightBuilder Under(string part) => new(register, prefix + part + ".");

    internal Parameter Add(string name, params long[] shape)
    {
        Parameter parameter = Held.Parameter(shape, null, null);
        register(prefix + name, parameter);
        return parameter;
    }

    internal void Linear(string part, long inputs, long outputs, bool bias = true, bool zeroBias = false)
    {
        init.kaiming_uniform_(Add(part + ".weight", outputs, inputs), Math.Sqrt(5));
        if (bias)
        {
            double bound = zeroBias ? 0 : 1 / Math.Sqrt(inputs);
            init.uniform_(Add(part + ".bias", outputs), -bound, bound);
        }
    }

    internal void Norm(string part, long features)
    {
        init.ones_(Add(part + ".weight", features));
        init.zeros_(Add(part + ".bias", features));
    }
}
