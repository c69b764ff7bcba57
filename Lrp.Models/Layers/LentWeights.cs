using System.Runtime.CompilerServices;
using Lrp.Core.Hooks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>
/// Weights of a linear layer that are in memory only while the layer runs, or while relevance goes through it.
/// </summary>
/// <remarks>Otherwise the layer has weights of the same shape that are not a number and take no memory.</remarks>
internal sealed class LentWeights : IModuleInterceptor
{
    private static readonly ConditionalWeakTable<nn.Module, LentWeights> OfModules = new();

    private readonly Func<Tensor> _read;

    private LentWeights(Func<Tensor> read) => _read = read;

    /// <summary>Takes the weights of a layer away, and gives them back whenever it runs.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="read">Makes the weights; they are disposed after each use.</param>
    /// <returns>Ends the lending when disposed; the layer is then without weights.</returns>
    public static IDisposable Lend(Linear layer, Func<Tensor> read)
    {
        var lent = new LentWeights(read);
        OfModules.Add(layer, lent);
        TakeAway(layer);
        return ModuleHooks.Attach(layer, lent);
    }

    /// <summary>The weights of a layer that are lent; null where they are the layer's own.</summary>
    public static Tensor? Read(nn.Module layer) => OfModules.TryGetValue(layer, out var lent) ? lent._read() : null;

    /// <summary>Whether a layer's weights are lent: a graph need not keep them, nor could it check them.</summary>
    public static bool AreLent(nn.Module layer) => OfModules.TryGetValue(layer, out _);

    public object?[] Before(nn.Module module, object?[] inputs)
    {
        Put((Linear)module, _read());
        return inputs;
    }

    public object? After(nn.Module module, object?[] inputs, object? output)
    {
        TakeAway((Linear)module);
        return output;
    }

    private static void TakeAway(Linear layer)
    {
        var (shape, dtype, device) = (layer.weight!.shape, layer.weight.dtype, layer.weight.device);
        using var nothing = full([1, 1], double.NaN, dtype: dtype, device: device);
        Put(layer, nothing.expand(shape));
    }

    // The layer disposes the weights that it has had, but a graph that needs them keeps them.
    private static void Put(Linear layer, Tensor weight)
    {
        var parameter = new Parameter(weight, requires_grad: false);
        parameter.DetachFromDisposeScope();
        layer.weight = parameter;
    }
}
