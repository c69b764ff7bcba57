using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>Operators that TorchSharp has no method for, as TorchScript.</summary>
internal static class Scripted
{
    private static readonly Lazy<jit.CompilationUnit> Scripts = new(() =>
        jit.compile(
            """
            def scatter_number(x: Tensor, index: Tensor):
                return x.scatter_(1, index, 3.0)

            def scatter_plus(x: Tensor, index: Tensor, added: Tensor):
                return x.scatter_(1, index, added, reduce="add")

            def scatter_sum(x: Tensor, index: Tensor, added: Tensor):
                return x.scatter_reduce(1, index, added, "sum")

            def scatter_largest(x: Tensor, index: Tensor, added: Tensor):
                return x.scatter_reduce(1, index, added, "amax")

            def index_put_plus(x: Tensor, rows: Tensor, values: Tensor):
                indices: List[Optional[Tensor]] = [rows, None, rows]
                return x.index_put_(indices, values, accumulate=True)

            def index_fill(x: Tensor, index: Tensor, value: Tensor):
                return x.index_fill(1, index, value)

            def masked_fill(x: Tensor, mask: Tensor, value: Tensor):
                return x.masked_fill(mask, value)

            def put(x: Tensor, index: Tensor, values: Tensor):
                return x.put_(index, values)

            def put_plus(x: Tensor, index: Tensor, values: Tensor):
                return x.put_(index, values, accumulate=True)

            def fill(x: Tensor, value: Tensor):
                return x.fill_(value)

            def fill_diagonal(x: Tensor):
                return x.fill_diagonal_(3.0)

            def add_out(x: Tensor, y: Tensor, to: Tensor):
                return torch.add(x, y, out=to)

            """
        )
    );

    /// <summary>Runs one of them.</summary>
    public static Tensor Call(string name, params Tensor[] arguments) =>
        Scripts.Value.invoke<Tensor>(name, [.. arguments]);
}
