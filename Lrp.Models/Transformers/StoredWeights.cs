using Lrp.Checkpoints;
using Lrp.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>The weights of linear layers that stay in a file, as they are stored there, until a layer runs.</summary>
/// <param name="file">The file, which is closed with this.</param>
internal sealed class StoredWeights(Checkpoint file) : IDisposable
{
    private readonly List<IDisposable> _lent = [];

    /// <summary>Leaves the weights of a layer in the file.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="source">Where they are in the file.</param>
    public void Add(Linear layer, ParameterSource source) =>
        _lent.Add(LentWeights.Lend(layer, () => Read(layer.weight!, source)));

    public void Dispose()
    {
        _lent.ForEach(lent => lent.Dispose());
        file.Dispose();
    }

    // Whatever element type and device the model has been moved to.
    private static Tensor Read(Tensor like, ParameterSource source)
    {
        var weight = empty(like.shape, like.dtype, like.device);
        try
        {
            using var gradients = no_grad();
            source.Read(weight);
            return weight;
        }
        catch
        {
            weight.Dispose();
            throw;
        }
    }
}
