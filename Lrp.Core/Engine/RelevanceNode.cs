using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Lrp.Core.Engine;

/// <summary>
/// A point of the autograd graph at which managed code decides what flows down. Its backward is a callback from native
/// code, which no exception may leave: TorchSharp would end the process. A failure is reported, and the relevance below
/// it is NaN.
/// </summary>
internal abstract class RelevanceNode
{
    private readonly List<Tensor> _temporaries = [];
    private IReadOnlyList<Tensor> _saved = [];
    private Kept _kept;

    /// <summary>The tensors that the graph above sees, without history of their own.</summary>
    public IReadOnlyList<Tensor> Outputs { get; protected set; } = [];

    /// <summary>The life of the graph that the node is part of; null where it is not known.</summary>
    protected GraphLife? Life { get; } = GraphLife.Current;

    /// <summary>The shapes of the inputs; null for an input that takes no relevance.</summary>
    protected abstract IReadOnlyList<TensorShape?> InputShapes { get; }

    /// <summary>
    /// Puts the node between tensors of the graph below and its outputs, and frees the handles that only served that.
    /// </summary>
    /// <param name="inputs">Tensors of the graph below, to which relevance is passed on.</param>
    /// <returns>The outputs, connected to the graph below.</returns>
    public List<Tensor> Connect(IReadOnlyList<Tensor> inputs)
    {
        // The package keeps, for as long as the graph, an empty tensor of the size of each output, which nothing reads
        // where gradients are not materialized; the scope frees it.
        using var scope = NewDisposeScope();
        try
        {
            return [.. AutogradFunction.apply([.. inputs, this]).Select(output => output.MoveToOuterDisposeScope())];
        }
        finally
        {
            foreach (var tensor in Outputs.Concat(_temporaries))
            {
                tensor.Dispose();
            }

            Outputs = [];
            _temporaries.Clear();
        }
    }

    /// <summary>Turns relevance at the outputs into relevance at the inputs; never throws.</summary>
    /// <param name="context">Gives back the saved tensors.</param>
    /// <param name="relevance">Relevance at each output, null where none arrived.</param>
    /// <returns>
    /// Relevance at each input, detached from every dispose scope; a tensor received may be returned as it is.
    /// </returns>
    public IReadOnlyList<Tensor?> Backward(AutogradContext context, IReadOnlyList<Tensor?> relevance)
    {
        if (relevance.All(arrived => arrived is null))
        {
            return new Tensor?[InputShapes.Count]; // of several outputs of the model only others were explained
        }

        try
        {
            if (is_grad_enabled())
            {
                throw new NotSupportedException(
                    "backward() was called with create_graph: true, and relevance has no graph of its own: "
                        + "a gradient of relevance would leave out the rules. Call backward() without create_graph"
                );
            }

            using var scope = NewDisposeScope();
            var result = Propagate(Saved(context), relevance);
            foreach (var tensor in result)
            {
                tensor?.DetachFromDisposeScope();
            }

            return result;
        }
        catch (Exception exception)
        {
            return Failed(exception);
        }
        finally
        {
            if (_kept == Kept.ByAutograd && Life is { IsEnding: true })
            {
                Free(context);
            }
        }
    }

    /// <summary>The rule. Gradients are off; what it makes lives in a dispose scope, save what it returns.</summary>
    /// <param name="saved">The tensors of <see cref="Save"/>.</param>
    /// <param name="relevance">Relevance at each output, null where none arrived.</param>
    /// <returns>Relevance at each input; null for none.</returns>
    protected abstract IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance);

    /// <summary>Keeps an exception for the next call that may throw it.</summary>
    protected abstract void Fault(Exception exception);

    /// <summary>Marks a tensor as needed only until the node is connected.</summary>
    protected Tensor Temporary(Tensor tensor)
    {
        _temporaries.Add(tensor);
        return tensor;
    }

    /// <summary>Sets what autograd keeps until backward, and checks for in-place changes.</summary>
    /// <param name="tensors">Tensors of the forward pass.</param>
    protected void Save(IReadOnlyList<Tensor> tensors)
    {
        _saved = tensors;
        _kept = tensors.Count > 0 ? Kept.ByAutograd : Kept.Nothing;
    }

    private List<Tensor> Saved(AutogradContext context) =>
        _kept switch
        {
            Kept.Nothing => [],
            Kept.ByAutograd => context.get_saved_variables(),
            _ => throw AutogradMessages.SecondPass(),
        };

    /// <summary>Frees what was saved; the package does so once more when the graph goes.</summary>
    private void Free(AutogradContext context)
    {
        _kept = Kept.NoMore;
        try
        {
            context.Dispose();
        }
        catch (Exception)
        {
            // What is left goes with the graph.
        }
    }

    private Tensor?[] Failed(Exception exception)
    {
        var result = new Tensor?[InputShapes.Count];
        try
        {
            Fault(AutogradMessages.Explained(exception));
        }
        catch (Exception)
        {
            // The memory for the report is missing too; NaN says that something went wrong.
        }

        for (var k = 0; k < result.Length; k++)
        {
            result[k] = NotANumber(InputShapes[k]);
        }

        return result;
    }

    /// <summary>NaN in a shape, in the memory of a single number: there may be no more.</summary>
    private static Tensor? NotANumber(TensorShape? shape)
    {
        if (shape is null)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        return full([], double.NaN, shape.Dtype, shape.Device).expand(shape.Shape).DetachFromDisposeScope();
    }

    /// <summary>What is there of the saved tensors.</summary>
    private enum Kept
    {
        Nothing,
        ByAutograd,
        NoMore,
    }

    /// <summary>
    /// The one autograd function of the engine: identity going forward, and going backward whatever the node among its
    /// arguments does with relevance.
    /// </summary>
    private sealed class AutogradFunction : MultiTensorFunction<AutogradFunction>
    {
        private const string NodeKey = "node";

        /// <inheritdoc/>
        public override string Name => "Relevance";

        /// <inheritdoc/>
        public override List<Tensor> forward(AutogradContext ctx, params object[] vars)
        {
            var node = (RelevanceNode)vars[^1];
            ctx.set_materialize_grads(false);
            ctx.save_data(NodeKey, node);
            ctx.save_for_backward([.. node._saved]);
            node._saved = [];
            return [.. node.Outputs];
        }

        /// <inheritdoc/>
        public override List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs)
        {
            var node = (RelevanceNode)ctx.get_data(NodeKey);
            DeferredDisposal.Release();
            var relevance = node.Backward(
                ctx,
                [.. grad_outputs.Select(gradient => gradient is null || gradient.IsInvalid ? null : gradient)]
            );
            DeferredDisposal.Keep(relevance);
            DeferredDisposal.Free(grad_outputs, but: relevance);
            return [.. relevance.Select(item => item!), null!];
        }
    }
}
