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
    private static readonly string[] Attention =
    [
        "aten::matmul",
        "aten::add_",
        "aten::mul",
        "aten::bmm",
        "aten::softmax",
    ];

    private static readonly string[] Layers =
    [
        .. Attention,
        "aten::add",
        "aten::layer_norm",
        "aten::relu",
        "aten::gelu",
    ];

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
        [typeof(MultiheadAttention)] = Attention,
        [typeof(TransformerEncoderLayer)] = Layers,
        [typeof(TransformerDecoderLayer)] = Layers,
        [typeof(TransformerEncoder)] = Layers,
        [typeof(TransformerDecoder)] = Layers,
        [typeof(Transformer)] = Layers,
        [typeof(LSTM)] = ["aten::lstm"],
        [typeof(GRU)] = ["aten::gru"],
    };

    private const string Recurrent = "Add { LayerTypes.Recurrent, LrpRule.Recurrent() } to the composite";

    private const string NoCell =
        "No rule of this library is defined for a single step: use the layer of the same kind for sequences of one "
        + "step, or write the step's products and sums in a forward()";

    // Modules that torch computes in one operator, with the products of two computed tensors inside.
    private static readonly Dictionary<Type, string> Whole = new()
    {
        [typeof(LSTM)] = Recurrent,
        [typeof(GRU)] = Recurrent,
        [typeof(RNN)] = Recurrent,
        [typeof(LSTMCell)] = NoCell,
        [typeof(GRUCell)] = NoCell,
        [typeof(RNNCell)] = NoCell,
    };

    /// <summary>
    /// Why a module that no entry matches cannot be explained beside functions that have rules; null where it can.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="entries">The entries for functions.</param>
    /// <returns>The end of a sentence that begins with the module, and the remedy.</returns>
    public static string? Refusal(torch.nn.Module module, IReadOnlyList<FunctionEntry> entries) =>
        Whole.TryGetValue(module.GetType(), out var remedy)
        && HasRule("aten::mm", entries)
        && !HaveRules(module, entries)
            ? "is computed by one operator of torch, in which functions have no rules, and relevance would follow its "
                + $"plain gradient. {remedy}, or an entry with null to keep the gradient on purpose."
            : null;

    /// <summary>What gives relevance to a module of torch that is computed by functions; null for others.</summary>
    /// <param name="module">The module.</param>
    public static string? Remedy(torch.nn.Module module) =>
        Whole.TryGetValue(module.GetType(), out var remedy) ? remedy
        : Operators.TryGetValue(module.GetType(), out var operators) && operators.Contains("aten::softmax")
            ? "{ Functions.AttnLrp } gives rules to the operators inside of an attention or a transformer"
        : null;

    /// <summary>Whether every function that computes a module has a rule.</summary>
    /// <param name="module">The module.</param>
    /// <param name="entries">The entries for functions; the first for an operator decides about it.</param>
    /// <returns>False for a module of somebody's own, whose functions are not known.</returns>
    public static bool HaveRules(torch.nn.Module module, IReadOnlyList<FunctionEntry> entries) =>
        LibraryModules.Include(module)
        && Operators.TryGetValue(module.GetType(), out var operators)
        && operators.All(name => HasRule(name, entries));

    /// <summary>
    /// Whether the function that a module without parameters calls has a rule: <c>gelu</c> for GELU, for instance.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="entries">The entries for functions.</param>
    public static bool HaveRuleOfSameName(torch.nn.Module module, IReadOnlyList<FunctionEntry> entries) =>
        LibraryModules.Include(module)
        && !module.parameters(false).Any()
        && entries
            .SelectMany(entry => entry.Key.Operators)
            .Any(name =>
                name["aten::".Length..]
                    .Replace("_", "", StringComparison.Ordinal)
                    .Equals(module.GetType().Name, StringComparison.OrdinalIgnoreCase) && HasRule(name, entries)
            );

    private static bool HasRule(string name, IReadOnlyList<FunctionEntry> entries) =>
        entries.FirstOrDefault(entry => entry.Key.Operators.Contains(name))?.Rule is not null;
}
