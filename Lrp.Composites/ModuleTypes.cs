using Lrp.Core;
using TorchSharp;
using TorchSharp.Modules;

namespace Lrp.Composites;

/// <summary>Module types as keys.</summary>
internal static class ModuleTypes
{
    /// <summary>
    /// Modules of torch that call no function of a preset that has no entry for them: layers and activations that are
    /// one operator, and those whose gradient is the rule.
    /// </summary>
    private static readonly HashSet<Type> WithoutFunctions =
    [
        typeof(Conv1d),
        typeof(Conv2d),
        typeof(Conv3d),
        typeof(ConvTranspose1d),
        typeof(ConvTranspose2d),
        typeof(ConvTranspose3d),
        typeof(Linear),
        typeof(BatchNorm1d),
        typeof(BatchNorm2d),
        typeof(BatchNorm3d),
        typeof(ReLU),
        typeof(ReLU6),
        typeof(LeakyReLU),
        typeof(ELU),
        typeof(GELU),
        typeof(SiLU),
        typeof(Sigmoid),
        typeof(Tanh),
        typeof(Sequential),
        typeof(TorchSharp.Modules.Identity),
        typeof(Flatten),
        typeof(Unflatten),
        typeof(Dropout),
        typeof(Dropout1d),
        typeof(Dropout2d),
        typeof(Dropout3d),
        typeof(MaxPool1d),
        typeof(MaxPool2d),
        typeof(MaxPool3d),
        typeof(AdaptiveMaxPool1d),
        typeof(AdaptiveMaxPool2d),
        typeof(AdaptiveMaxPool3d),
        typeof(PixelShuffle),
        typeof(PixelUnshuffle),
    ];

    /// <summary>
    /// Whether it is known that a module, without a rule of its own, calls no function that needs one.
    /// </summary>
    public static bool CallsNoFunctions(torch.nn.Module module) =>
        module is INeedsNoInterception || WithoutFunctions.Contains(module.GetType());

    public static void ThrowIfNotModule(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (!typeof(torch.nn.Module).IsAssignableFrom(type) && !type.IsInterface)
        {
            throw new ArgumentException($"{type} is no module type, so nothing could ever match it.");
        }
    }

    /// <summary>
    /// Whether a module is of one of the types. A container, which only calls its children, is not matched by
    /// TorchSharp's own base types: <c>typeof(nn.Module)</c> means every layer.
    /// </summary>
    public static bool Match(IReadOnlyList<Type> types, torch.nn.Module module)
    {
        foreach (var type in types)
        {
            if (type.IsInstanceOfType(module) && !(IsBase(type) && IsContainer(module)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsBase(Type type) =>
        type == typeof(torch.nn.Module)
        || (
            type.Assembly == typeof(torch.nn.Module).Assembly
            && (
                type.Name.StartsWith("Module`", StringComparison.Ordinal)
                || type.Name.StartsWith("HookableModule`", StringComparison.Ordinal)
            )
        );

    private static bool IsContainer(torch.nn.Module module) =>
        module.named_children().Any() && !module.parameters(false).Any();
}
