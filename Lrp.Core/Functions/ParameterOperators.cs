using Lrp.Core.Interception;
using TorchSharp.Modules;
using static TorchSharp.torch;
using LinearModule = TorchSharp.Modules.Linear;

namespace Lrp.Core.Functions;

/// <summary>Which operators compute the modules that are found by their weight.</summary>
internal static class ParameterOperators
{
    /// <summary>Whether a module can be found by its weight.</summary>
    public static bool Know(nn.Module module) => Operators.ContainsKey(Kind(module));

    /// <summary>Whether an operator may compute a module.</summary>
    public static bool AreOf(nn.Module module, string name) => Operators[Kind(module)].Contains(name);

    /// <summary>
    /// The names of the arguments for the input and the weight; null for an operator that has no weight.
    /// </summary>
    public static (string Input, string Weight)? ArgumentsOf(string name) =>
        WeightArguments.TryGetValue(name, out var found) ? found : null;

    /// <summary>Whether an operator with a module's weight computes just what the module does.</summary>
    public static bool Fits(nn.Module module, Tensor weight, OperatorCall call, string name) =>
        module switch
        {
            LinearModule linear => name switch
            {
                "linear" => true,
                "addmm" => IsTransposed(weight, linear)
                    && linear.bias is { } bias
                    && call.Argument("self") is Tensor self
                    && TensorState.Of(self).Storage == TensorState.Of(bias).Storage
                    && call.GetDouble("alpha") == 1
                    && call.GetDouble("beta") == 1,
                _ => IsTransposed(weight, linear),
            },
            Convolution convolution => convolution.padding_mode == TorchSharp.PaddingModes.Zeros,
            _ => true,
        };

    /// <summary>Whether a matrix is a layer's weight, transposed: stored by columns, as the square ones tell.</summary>
    private static bool IsTransposed(Tensor weight, LinearModule linear) =>
        weight.dim() == 2
        && weight.shape[0] == linear.in_features
        && weight.shape[1] == linear.out_features
        && (weight.stride(0) == 1 || weight.shape[0] == 1);

    private static Type Kind(nn.Module module) =>
        module switch
        {
            Convolution => typeof(Convolution),
            BatchNorm => typeof(BatchNorm),
            _ => module.GetType(),
        };

    /// <summary>The tensor by which a module is found; null where it has none.</summary>
    public static Tensor? WeightOf(nn.Module module) =>
        module switch
        {
            BatchNorm norm => norm.affine ? norm.weight : norm.running_mean,
            _ => module.named_parameters(false).FirstOrDefault(entry => entry.name == "weight").parameter,
        };

    private static readonly Dictionary<Type, string[]> Operators = new()
    {
        [typeof(LinearModule)] = ["linear", "addmm", "matmul", "mm"],
        [typeof(Convolution)] =
        [
            "conv1d",
            "conv2d",
            "conv3d",
            "convolution",
            "conv_transpose1d",
            "conv_transpose2d",
            "conv_transpose3d",
        ],
        [typeof(BatchNorm)] = ["batch_norm"],
        [typeof(LayerNorm)] = ["layer_norm"],
        [typeof(GroupNorm)] = ["group_norm"],
        [typeof(PReLU)] = ["prelu"],
    };

    private static readonly Dictionary<string, (string Input, string Weight)> WeightArguments = new()
    {
        ["linear"] = ("input", "weight"),
        ["addmm"] = ("mat1", "mat2"),
        ["matmul"] = ("self", "other"),
        ["mm"] = ("self", "mat2"),
        ["conv1d"] = ("input", "weight"),
        ["conv2d"] = ("input", "weight"),
        ["conv3d"] = ("input", "weight"),
        ["convolution"] = ("input", "weight"),
        ["conv_transpose1d"] = ("input", "weight"),
        ["conv_transpose2d"] = ("input", "weight"),
        ["conv_transpose3d"] = ("input", "weight"),
        ["batch_norm"] = ("input", "weight"),
        ["layer_norm"] = ("input", "weight"),
        ["group_norm"] = ("input", "weight"),
        ["prelu"] = ("self", "weight"),
    };
}
