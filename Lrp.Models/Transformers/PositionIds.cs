using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>The numbers of positions where they are not given.</summary>
internal static class PositionIds
{
    /// <summary>The rows of a table for positions that are given.</summary>
    /// <param name="table">The table.</param>
    /// <param name="positions">B or 1 × T: 0, 1, 2 …; where padding is not counted (RoBERTa) the rows.</param>
    /// <returns>B or 1 × T.</returns>
    public static Tensor RowsOf(PositionOptions table, Tensor positions) =>
        table.Count == PositionCount.NotPadding ? positions.alias() : positions.add(table.Offset);

    /// <summary>Counts positions.</summary>
    /// <param name="configuration">The stack.</param>
    /// <param name="ids">B × T.</param>
    /// <param name="mask">B × T; null where there is no padding.</param>
    /// <returns>B or 1 × T.</returns>
    public static Tensor Of(StackConfiguration configuration, Tensor ids, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var counted = configuration.Positions?.Count switch
        {
            PositionCount.Masked when mask is not null => mask.ne(0),
            PositionCount.NotPadding => ids.ne(configuration.PaddingId ?? -1),
            _ => null,
        };
        if (counted is null)
        {
            return arange(ids.shape[1], dtype: ScalarType.Int64, device: ids.device)
                .unsqueeze(0)
                .MoveToOuterDisposeScope();
        }

        // A token's place among those that are counted, from 0 on; −1 for the others.
        var one = counted.to_type(ScalarType.Int64);
        return one.cumsum(1).mul(one).sub(1).MoveToOuterDisposeScope();
    }
}
