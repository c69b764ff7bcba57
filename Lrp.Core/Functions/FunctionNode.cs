using Lrp.Core.Engine;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Lrp.Core.Functions;

/// <summary>The graph node behind every function rule: its backward pass hands on relevance in place of gradients.</summary>
internal sealed class FunctionNode : SingleTensorFunction<FunctionNode>
{
    private const string CallKey = "call";

    /// <inheritdoc/>
    public override string Name => nameof(FunctionNode);

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var call = (Call)vars[0];
        var operands = vars.Skip(1).Cast<Tensor>().ToArray();
        ctx.set_materialize_grads(false);
        ctx.save_data(CallKey, call);
        call.Begin(operands);
        var output = call.Function.Forward(operands);
        call.Function.Built(output);
        ctx.save_for_backward([.. call.Function.Keep(operands)]);
        return output;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        HandedOver.Release();
        var call = (Call)ctx.get_data(CallKey);
        var shares = grad_output is null || grad_output.IsInvalid ? call.Shapes.Select(_ => (Tensor?)null).ToArray() : call.Share(ctx, grad_output);
        HandedOver.Keep(shares, [grad_output]);
        return [null!, .. shares.Select(share => share!)];
    }

    /// <summary>One call of a function: who watches it, and which operands take relevance.</summary>
    internal sealed class Call(FunctionPropagation function, RuleSite? site)
    {
        private bool[] _wanted = [];

        public FunctionPropagation Function { get; } = function;

        public TensorShape[] Shapes { get; private set; } = [];

        public void Begin(Tensor[] operands)
        {
            _wanted = Array.ConvertAll(operands, operand => operand.requires_grad);
            Shapes = Array.ConvertAll(operands, TensorShape.Of);
        }

        public Tensor?[] Share(AutogradContext ctx, Tensor relevance)
        {
            try
            {
                using var constant = no_grad();
                using var scope = NewDisposeScope();
                var given = Function.Share(ctx.get_saved_variables(), relevance, _wanted);
                var shares = new Tensor?[Shapes.Length];
                for (var k = 0; k < shares.Length; k++)
                {
                    if (!_wanted[k] || given[k] is not { } share)
                        continue;
                    if (!share.shape.AsSpan().SequenceEqual(Shapes[k].Shape))
                        throw new InvalidOperationException($"operand {k} of shape {Shapes[k]} was given relevance of shape {TensorShape.Of(share)}");
                    shares[k] = share;
                }
                site?.Report([relevance], shares);
                foreach (var share in shares)
                    share?.DetachFromDisposeScope();
                return shares;
            }
            catch (Exception exception)
            {
                // An exception that leaves a backward pass ends the process on the TorchSharp package.
                exception = RuleNode.Explained(exception);
                if (site is not null)
                    site.Fault(exception);
                else
                    FunctionFaults.Keep(new RelevanceException($"The rule of the function {Function.Name} failed: {exception.Message}", exception));
                return [.. Shapes.Select((shape, k) => _wanted[k] ? shape.Filled(double.NaN).DetachFromDisposeScope() : null)];
            }
        }
    }
}
