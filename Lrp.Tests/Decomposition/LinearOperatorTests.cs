using Lrp.Composites;
using Lrp.Decomposition;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Decomposition;

/// <summary>An affine operator f sends component c to f(c) - f(0), in one go and in chunks.</summary>
[TestFixture]
public sealed class LinearOperatorTests
{
    private static readonly Dictionary<string, (long[] Shape, Func<Tensor, Tensor> Function)> Operators = Make();

    [TestCaseSource(nameof(Names))]
    public void ComponentsGoThroughOneByOne(string name)
    {
        using var scope = NewDisposeScope();
        var (shape, function) = Operators[name];
        manual_seed(5);
        var components = randn([3, .. shape], ScalarType.Float64);
        using var composition = Composition.Of(components, randn(shape, ScalarType.Float64));
        var model = new Lambda(function);
        using var run = new Composite().Decompose(model, composition, new DecompositionOptions { ChunkSize = 2 });
        var output = run.Of(model.call(composition.Value));
        var without = function(zeros(shape, ScalarType.Float64));
        for (var k = 0; k < 3; k++)
        {
            Assert.That(
                output[k].allclose(function(components[k]) - without, 1e-10, 1e-10),
                Is.True,
                $"component {k} of {name}"
            );
        }

        Assert.That(
            output.Residual.allclose(function(composition.Residual), 1e-10, 1e-10),
            Is.True,
            $"residual of {name}"
        );
    }

    private static IEnumerable<string> Names() => Operators.Keys;

    private static Dictionary<string, (long[] Shape, Func<Tensor, Tensor> Function)> Make()
    {
        manual_seed(1);
        Tensor Normal(params long[] size) => randn(size, ScalarType.Float64);
        var (w1, b1) = (Normal(4, 3, 3), Normal(4));
        var (w2, w3) = (Normal(4, 3, 3, 3), Normal(4, 3, 2, 2, 2));
        var (t1, t2, t3) = (Normal(3, 4, 3), Normal(3, 4, 3, 3), Normal(3, 4, 2, 2, 2));
        var (square, wide) = (Normal(5, 5), Normal(2, 5, 4));
        var mask = Normal(4, 5).gt(0);
        var index = tensor(new long[] { 2, 0, 1 });
        var other = Normal(2, 4, 5);
        return new()
        {
            ["conv1d"] = ([2, 3, 7], x => F.conv1d(x, w1, b1, stride: 2, padding: 1)),
            ["conv1d unbatched"] = ([3, 7], x => F.conv1d(x, w1, b1)),
            ["conv2d"] = ([2, 3, 6, 7], x => F.conv2d(x, w2, b1, padding: [1, 1])),
            ["conv2d unbatched"] = ([3, 6, 7], x => F.conv2d(x, w2, b1)),
            ["conv3d"] = ([2, 3, 4, 4, 4], x => F.conv3d(x, w3, b1)),
            ["conv_transpose1d"] = ([2, 3, 7], x => F.conv_transpose1d(x, t1, b1)),
            ["conv_transpose2d"] = ([2, 3, 4, 4], x => F.conv_transpose2d(x, t2, b1)),
            ["conv_transpose3d"] = ([2, 3, 3, 3, 3], x => F.conv_transpose3d(x, t3, b1)),
            ["linear"] = ([2, 4, 5], x => F.linear(x, square, square[0])),
            ["matmul"] = ([2, 4, 5], x => x.matmul(square)),
            ["matmul from the left"] = ([5, 3], x => square.matmul(x)),
            ["matmul vector"] = ([5], x => x.matmul(square)),
            ["matmul vector with a batch"] = ([5], x => x.matmul(wide)),
            ["matrix by vector"] = ([5], x => square.mv(x)),
            ["bmm"] = ([2, 3, 5], x => x.bmm(wide)),
            ["einsum"] = ([2, 4, 5], x => einsum("bij,jk->bki", x, square)),
            ["einsum without arrow"] = ([4, 5], x => einsum("ij,jk", x, square)),
            ["addmm"] = ([4, 5], x => square[0].addmm(x, square, 1, 1)),
            ["avg_pool1d"] = ([2, 3, 8], x => F.avg_pool1d(x, 2)),
            ["avg_pool2d"] = ([2, 3, 6, 6], x => F.avg_pool2d(x, 2)),
            ["avg_pool3d"] = ([2, 3, 4, 4, 4], x => F.avg_pool3d(x, [2, 2, 2])),
            ["adaptive_avg_pool1d"] = ([2, 3, 8], x => F.adaptive_avg_pool1d(x, 3)),
            ["adaptive_avg_pool2d"] = ([2, 3, 6, 6], x => F.adaptive_avg_pool2d(x, 4)),
            ["interpolate"] = (
                [2, 3, 4, 4],
                x => F.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Bilinear)
            ),
            ["pad"] = ([2, 4, 5], x => F.pad(x, [1, 2], PaddingModes.Constant, 0.5)),
            ["reflect"] = ([2, 3, 5, 5], x => F.pad(x, [1, 1, 2, 2], PaddingModes.Reflect)),
            ["circular"] = ([2, 3, 5, 5], x => F.pad(x, [1, 1, 2, 2], PaddingModes.Circular)),
            ["replicate"] = ([3, 5, 5], x => F.pad(x, [1, 1, 2, 2], PaddingModes.Replicate)),
            ["view"] = ([2, 4, 5], x => x.view(2, -1)),
            ["reshape"] = ([2, 4, 5], x => x.permute(2, 0, 1).reshape(-1)),
            ["flatten"] = ([2, 4, 5], x => x.flatten()),
            ["squeeze"] = ([2, 1, 5], x => x.squeeze()),
            ["transpose"] = ([2, 4, 5], x => x.transpose(0, -1)),
            ["expand"] = ([4, 5], x => x.unsqueeze(0).expand(3, 4, 5)),
            ["repeat"] = ([4, 5], x => x.repeat(2, 1, 3)),
            ["select"] = ([2, 4, 5], x => x.select(1, 2)),
            ["slice"] = ([2, 4, 5], x => x.slice(2, 1, 5, 2)),
            ["split"] = ([2, 4, 5], x => x.split(2, 1)[1]),
            ["unbind"] = ([2, 4, 5], x => x.unbind(0)[1]),
            ["flip"] = ([2, 4, 5], x => x.flip([0, 2])),
            ["roll"] = ([2, 4, 5], x => x.roll(2, 1)),
            ["cumsum"] = ([2, 4, 5], x => x.cumsum(0)),
            ["tril"] = ([2, 4, 5], x => x.tril()),
            ["diagonal"] = ([4, 5], x => x.diagonal()),
            ["sum"] = ([2, 4, 5], x => x.sum()),
            ["sum of some"] = ([2, 4, 5], x => x.sum([0L, 2L])),
            ["mean"] = ([2, 4, 5], x => x.mean([1L], true)),
            ["mean of all"] = ([2, 4, 5], x => x.mean()),
            ["index"] = ([4, 5], x => x.index(index)),
            ["index in the middle"] = ([2, 4, 5], x => x.index(TensorIndex.Colon, TensorIndex.Tensor(index))),
            ["index apart"] = (
                [4, 5, 6],
                x => x.index(TensorIndex.Tensor(index), TensorIndex.Colon, TensorIndex.Tensor(index))
            ),
            ["index by mask"] = ([4, 5], x => x.index(mask)),
            ["masked_select"] = ([4, 5], x => x.masked_select(mask)),
            ["index_select"] = ([2, 4, 5], x => x.index_select(1, index)),
            ["gather"] = ([3, 5], x => x.gather(0, index.unsqueeze(1))),
            ["masked_fill"] = ([2, 4, 5], x => x.masked_fill(mask, 0.5)),
            ["where"] = ([2, 4, 5], x => where(mask, x, other)),
            ["cat"] = ([2, 4, 5], x => cat([x, other], 1)),
            ["stack"] = ([2, 4, 5], x => stack([other, x], 1)),
            ["add"] = ([4, 5], x => x + other),
            ["rsub"] = ([4, 5], x => 3 - x),
            ["div"] = ([2, 4, 5], x => x / other),
            ["lerp"] = ([2, 4, 5], x => x.lerp(other, 0.3)),
            ["batch norm"] = ([2, 4, 5], x => F.batch_norm(x, b1, b1.abs() + 1, b1, b1)),
            ["unfold"] = ([2, 3, 4, 4], x => F.unfold(x, 2)),
            ["pixel_shuffle"] = ([2, 4, 3, 3], x => F.pixel_shuffle(x, 2)),
            ["dropout"] = ([4, 5], x => F.dropout(x, 0.5, false)),
            ["to"] = ([4, 5], x => x.to(ScalarType.Float32).to(ScalarType.Float64)),
        };
    }
}
