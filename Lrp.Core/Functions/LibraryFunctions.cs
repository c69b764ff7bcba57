using Lrp.Core.Hooks;
using TorchSharp;
using TorchSharp.Modules;

namespace Lrp.Core.Functions;

/// <summary>
/// Which functions compute the modules of the torch library that have parameters. Without a rule of its own, such a
/// module has the rules of these functions.
/// </summary>
internal static class LibraryFunctions
{
    // The operators that the forward of a module needs, as an interception sees them.
    private static readonly Dictionary<Type, string[]> Operators = new()
    {
        [typeof(TorchSharp.Modules.Linear)] = ["aten::addmm", "aten::matmul"], // for two dimensions, and for more
        [typeof(Bilinear)] = ["aten::bilinear"],
        [typeof(Conv1d)] = ["aten::conv1d"],
        [typeof(Conv2d)] = ["aten::conv2d"],
        [typeof(Conv3d)] = ["aten::conv3d"],
        [typeof(LayerNorm)] = ["aten::layer_norm"],
        [typeof(GroupNorm)] = ["aten::group_norm"],
        [typeof(BatchNorm1d)] = ["aten::batch_norm"],
        [typeof(BatchNorm2d)] = ["aten::batch_norm"],
        [typeof(BatchNorm3d)] = ["aten::batch_norm"],
        [typeof(InstanceNorm1d)] = ["aten::instance_norm"],
        [typeof(InstanceNorm2d)] = ["aten::instance_norm"],
        [typeof(InstanceNorm3d)] = ["aten::instance_norm"],
        [typeof(PReLU)] = ["aten::prelu"],
        [typeof(MultiheadAttention)] = ["aten::matmul", "aten::add_", "aten::mul", "aten::bmm", "aten::softmax"],
        [typeof(LSTM)] = ["aten::lstm"],
        [typeof(GRU)] = ["aten::gru"],
    };

    /// <summary>Whether every function that computes a module has a rule.</summary>
    /// <param name="module">The module.</param>
    /// <param name="entries">The entries for functions; the first for an operator decides about it.</param>
    /// <returns>False for a module of somebody's own, whose functions are not known.</returns>
    public static bool HaveRules(torch.nn.Module module, IReadOnlyList<FunctionEntry> entries) =>
        LibraryModules.Include(module)
        && Operators.TryGetValue(module.GetType(), out var operators)
        && operators.All(name => entries.FirstOrDefault(entry => entry.Key.Operators.Contains(name))?.Rule is not null);
}
