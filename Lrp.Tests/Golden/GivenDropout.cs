using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Lrp.Tests.Golden;

/// <summary>Dropout in training mode that draws nothing: its factors, zero or 1 / (1 - p), are given.</summary>
/// <remarks>Multiplies outside of autograd, so that no rule for products can take part.</remarks>
/// <param name="factors">They are no buffer of the module, which a tensor would become.</param>
public sealed class GivenDropout(Func<Tensor> factors) : nn.Module<Tensor, Tensor>(nameof(GivenDropout))
{
    public override Tensor forward(Tensor input) => Product.apply(input, factors());

    private sealed class Product : SingleTensorFunction<Product>
    {
        public override string Name => nameof(GivenDropout);

        public override Tensor forward(AutogradContext ctx, params object[] vars)
        {
            ctx.save_for_backward([(Tensor)vars[1]]);
            return ((Tensor)vars[0]).mul((Tensor)vars[1]);
        }

        public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
            [grad_output.mul(ctx.get_saved_variables()[0]), null!];
    }
}
