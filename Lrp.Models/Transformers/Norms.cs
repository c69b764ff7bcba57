using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>Norms by their options.</summary>
internal static class Norms
{
    public static nn.Module<Tensor, Tensor> Create(NormOptions options, long size, ScalarType dtype)
    {
        if (options.IsRms)
        {
            return new RmsNorm(size, options.Epsilon, options.Offset, dtype);
        }

        var norm = nn.LayerNorm(size, options.Epsilon, options.HasWeight, options.HasBias, dtype: dtype);
        foreach (var parameter in norm.parameters())
        {
            parameter.requires_grad_(false);
        }

        return norm;
    }
}
