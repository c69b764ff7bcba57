using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>A network of two linear layers, 4 to 6 to 3 features.</summary>
internal static class TwoLayers
{
    public static TorchSharp.Modules.Sequential Network() =>
        nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3)).to(ScalarType.Float64);

    public static Tensor Weight(nn.Module model, int layer) =>
        ((TorchSharp.Modules.Linear)model.children().ElementAt(layer)).weight!;

    public static Tensor Bias(nn.Module model, int layer) =>
        ((TorchSharp.Modules.Linear)model.children().ElementAt(layer)).bias!;
}
