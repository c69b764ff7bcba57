using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Rules.FunctionRules;

/// <summary>
/// A linear map among the intercepted operators: <c>linear</c>; <c>addmm</c> with a constant matrix; <c>matmul</c> with
/// a constant matrix, and the <c>+=</c> of a constant vector that follows it.
/// </summary>
internal static class LinearCalls
{
    public static object? Apply(Stabilizer stabilizer, OperatorCall call, RuleSite site)
    {
        switch (call.Operator)
        {
            case "aten::linear":
                return LinearFunction.Run(
                    site,
                    call.Tensor("input"),
                    call.Tensor("weight"),
                    call.OptionalTensor("bias"),
                    stabilizer
                );
            case "aten::addmm"
                when call.Tensor("mat2") is { requires_grad: false } matrix
                    && call.Tensor("self") is { requires_grad: false } bias
                    && call.GetDouble("alpha") == 1
                    && call.GetDouble("beta") == 1:
                return LinearFunction.Run(site, call.Tensor("mat1"), matrix.t(), bias, stabilizer);
            case "aten::matmul" when call.Tensor("other") is { requires_grad: false } matrix && IsTransposed(matrix):
                return Multiply(call.Tensor("self"), matrix, stabilizer, site);
            case "aten::add_"
                when call.Argument("other") is Tensor { requires_grad: false } bias
                    && bias.dim() == 1
                    && call.GetDouble("alpha") == 1:
                return AddBias(call.Tensor("self"), bias, stabilizer, site);
            default:
                return FunctionKey.Declined;
        }
    }

    // Why the memory layout: TorchSharp's linear never reaches libtorch's operator of that name. The C++ front end that
    // it calls writes x.matmul(weight.t()) and adds the bias, and interception sees the product without the
    // transposition before it, which has no argument that requires a gradient. A transposed weight is all that is left
    // to see: the product by a constant matrix that is stored by columns is a linear layer, and means the same where
    // somebody wrote it by hand. A constant matrix stored by rows is somebody's own product and declined, unless both
    // readings hold.
    private static bool IsTransposed(Tensor matrix) =>
        matrix.dim() == 2 && !(matrix.is_contiguous() && matrix.shape.All(size => size > 1));

    private static Tensor Multiply(Tensor input, Tensor matrix, Stabilizer stabilizer, RuleSite site)
    {
        var weights = matrix.t();
        var value = LinearFunction.Run(site, input, weights, null, stabilizer);
        LastOf(site).Exchange(new Product(input, weights, value))?.Dispose();
        return value;
    }

    // The bias joins the map: one division by the whole output, as the drop-in does it.
    private static object AddBias(Tensor output, Tensor bias, Stabilizer stabilizer, RuleSite site)
    {
        using var product = LastOf(site).Exchange(null);
        if (product is null || !product.Is(output))
        {
            return FunctionKey.Declined;
        }

        var joined = LinearFunction.Join(site, product.Input, product.Weights, output.detach(), bias, stabilizer);
        // The history of the product alone ends here.
        output.detach_().copy_(joined);
        return output;
    }

    private static LastProduct LastOf(RuleSite site) => site.Keep(nameof(LastProduct), () => new LastProduct());

    // The product that a bias may still be added to. It belongs to one thread, as the scope of interception does.
    private sealed class LastProduct : IDisposable
    {
        private readonly ThreadLocal<Product?> _last = new(trackAllValues: true);

        public Product? Exchange(Product? product)
        {
            var last = _last.Value;
            _last.Value = product;
            return last;
        }

        public void Dispose()
        {
            foreach (var product in _last.Values)
            {
                product?.Dispose();
            }

            _last.Dispose();
        }
    }

    private sealed class Product : IDisposable
    {
        private readonly nint _value;
        private readonly long? _inputVersion;
        private readonly long? _valueVersion;

        public Product(Tensor input, Tensor weights, Tensor value)
        {
            Input = input.DetachFromDisposeScope();
            Weights = weights.DetachFromDisposeScope();
            _value = OperatorInterception.IdentityOf(value);
            _inputVersion = OperatorInterception.VersionOf(input);
            _valueVersion = OperatorInterception.VersionOf(value);
        }

        public Tensor Input { get; }

        public Tensor Weights { get; }

        public bool Is(Tensor output) =>
            OperatorInterception.IdentityOf(output) == _value
            && OperatorInterception.VersionOf(output) == _valueVersion
            && OperatorInterception.VersionOf(Input) == _inputVersion;

        public void Dispose()
        {
            Input.Dispose();
            Weights.Dispose();
        }
    }
}
