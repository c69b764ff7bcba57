using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>An operator that a random network may have.</summary>
/// <param name="Name">What a case's description calls it.</param>
/// <param name="Fits">Whether it takes inputs of a shape.</param>
/// <param name="After">The shape that it makes of one that it takes.</param>
/// <param name="Create">The operator for inputs of a shape; weights are drawn from torch's generator.</param>
internal sealed record NetworkOperator(
    string Name,
    Func<long[], bool> Fits,
    Func<long[], long[]> After,
    Func<long[], NetworkStep> Create
)
{
    /// <summary>Every operator there is, by kind: a network draws the kind first.</summary>
    public static IReadOnlyList<IReadOnlyList<NetworkOperator>> Kinds { get; } =
    [ActivationOperators.All, ElementaryOperators.All, LayerOperators.All];

    /// <summary>All of them.</summary>
    public static IEnumerable<NetworkOperator> All => Kinds.SelectMany(kind => kind);

    /// <summary>The operator of a name.</summary>
    public static NetworkOperator Of(string name) => All.Single(candidate => candidate.Name == name);

    /// <summary>A function that takes every shape and keeps it.</summary>
    public static NetworkOperator Function(string name, Func<Tensor, Tensor> function) =>
        new(name, _ => true, shape => shape, _ => new NetworkStep(function));
}

/// <summary>One step of a network: what it does, and the module that holds its weights, where it has one.</summary>
internal sealed record NetworkStep(Func<Tensor, Tensor> Call, nn.Module? Layer = null)
{
    /// <summary>A step that is one module.</summary>
    public static NetworkStep Of(nn.Module<Tensor, Tensor> layer) => new(layer.call, layer);
}
