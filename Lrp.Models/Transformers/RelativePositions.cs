using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>A bias of the scores for each head and each bucket of distances, both directions apart (T5).</summary>
internal sealed class RelativePositions : nn.Module<Tensor, Tensor>
{
    private readonly RelativePositionOptions _options;

    /// <summary>Creates the table with parameters that are not filled.</summary>
    public RelativePositions(RelativePositionOptions options, long heads, ScalarType dtype)
        : base(nameof(RelativePositions))
    {
        _options = options;
        register_module("table", Table = Projections.Embedding(options.Buckets, heads, dtype));
    }

    /// <summary>Buckets × heads.</summary>
    public Embedding Table { get; }

    /// <summary>The bias of the scores.</summary>
    /// <param name="positions">1 × T.</param>
    /// <returns>1 × H × T × T.</returns>
    public override Tensor forward(Tensor positions)
    {
        using var scope = NewDisposeScope();
        var place = positions.flatten();
        var distance = place.unsqueeze(0).sub(place.unsqueeze(1)); // key's place minus query's
        return Table.call(Buckets(distance)).permute(2, 0, 1).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Half of the buckets are for keys behind the query. Of each half, one half is for single distances and the other
    /// for ranges that grow with the logarithm, in float32, as checkpoints were trained with.
    /// </summary>
    private Tensor Buckets(Tensor distance)
    {
        var half = _options.Buckets / 2;
        var exact = half / 2;
        var behind = distance.gt(0).to_type(ScalarType.Int64).mul(half);
        var far = distance.abs();
        var ranges = far.clamp_min(1)
            .to_type(ScalarType.Float32)
            .div(exact)
            .log()
            .div(Math.Log((double)_options.FarthestDistance / exact))
            .mul(half - exact)
            .to_type(ScalarType.Int64)
            .add(exact)
            .clamp_max(half - 1);
        return behind.add(where(far.lt(exact), far, ranges));
    }
}
