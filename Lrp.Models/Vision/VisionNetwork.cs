using Lrp.Core;
using Lrp.Models.Vision.Parts;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Models.Vision;

/// <summary>A published network for images, made of modules only, so that composites match all of it by type.</summary>
/// <remarks>
/// It takes normalised images, N × 3 × H × W, and returns the scores of the classes, N × classes, before any softmax.
/// Sums, products, softmax and norms in it are modules, so that it needs no native library. Without a registration its
/// gradient is the plain gradient. Weights are random until they are loaded.
/// </remarks>
public abstract class VisionNetwork : nn.Module<Tensor, Tensor>, INeedsNoInterception
{
    private readonly NetworkEnd _pixels = new(isImage: true);
    private readonly NetworkEnd _scores = new(isImage: false);

    private protected VisionNetwork(string name)
        : base(name) { }

    /// <summary>
    /// The names of the network's blocks in the order in which they run, to read latent relevance at their outputs:
    /// <c>registration.Record(network.Blocks[3])</c>.
    /// </summary>
    public IReadOnlyList<string> Blocks =>
        [.. ModuleTree.Walk(this).Where(entry => entry.Module is INetworkBlock).Select(entry => entry.Name)];

    /// <summary>Runs the network.</summary>
    /// <param name="input">Normalised images, N × 3 × H × W.</param>
    /// <returns>N × classes.</returns>
    /// <exception cref="ArgumentException">The shape is another; the message names it.</exception>
    public sealed override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.dim() != 4 || input.shape[1] != Channels)
        {
            throw new ArgumentException(
                $"{GetName()} takes images of shape N × {Channels} × H × W, and this is "
                    + $"{string.Join(" × ", input.shape)}; unsqueeze(0) makes a batch of one image.",
                nameof(input)
            );
        }

        ThrowIfUnfit(input.shape[2], input.shape[3]);
        using var scope = NewDisposeScope();
        return _scores.call(Scores(_pixels.call(input))).MoveToOuterDisposeScope();
    }

    /// <summary>The number of colours of an image.</summary>
    private protected virtual long Channels => 3;

    /// <summary>Names the parts at the ends; a derived class calls it after its own parts are registered.</summary>
    private protected void RegisterEnds()
    {
        register_module("pixels", _pixels);
        register_module("scores", _scores);
    }

    /// <summary>Fills a network with weights; it is in evaluation mode then, and gone where that fails.</summary>
    /// <param name="network">The new network.</param>
    /// <param name="dtype">The element type of the weights.</param>
    /// <param name="fill">Reads the weights into it.</param>
    internal static T Filled<T>(T network, ScalarType dtype, Action<T> fill)
        where T : VisionNetwork
    {
        try
        {
            network.to(dtype);
            fill(network);
            network.eval();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Fails where images of a size cannot be taken.</summary>
    private protected virtual void ThrowIfUnfit(long height, long width) { }

    /// <summary>The network itself.</summary>
    private protected abstract Tensor Scores(Tensor images);
}
