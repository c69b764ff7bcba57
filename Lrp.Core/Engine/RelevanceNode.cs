using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Lrp.Core.Engine;

/// <summary>
/// A point of the autograd graph at which managed code decides what flows down. Its backward is a callback from native code, which
/// no exception may leave: TorchSharp would end the process. A failure is reported, and the relevance below it is NaN.
/// </summary>
internal abstract class RelevanceNode
{
    private readonly List<Tensor> temporaries = [];
    private IReadOnlyList<Tensor> saved = [];

    /// <summary>The tensors that the graph above sees, without history of their own.</summary>
    public IReadOnlyList<Tensor> Faces { get; protected set; } = [];

    /// <summary>The shapes of the inputs; null for an input that takes no relevance.</summary>
    protected abstract IReadOnlyList<TensorShape?> InputShapes { get; }

    /// <summary>Frees the handles that only served to connect the node; autograd has its own by now.</summary>
    public void Connected()
    {
        foreach (var tensor in Faces.Concat(temporaries))
        {
            tensor.Dispose();
        }

        Faces = [];
        temporaries.Clear();
    }

    /// <summary>Takes out the tensors that autograd is to keep until backward, and to check for in-place changes.</summary>
    public IReadOnlyList<Tensor> TakeSaved()
    {
        var tensors = saved;
        saved = [];
        return tensors;
    }

    /// <summary>Turns relevance at the faces into relevance at the inputs; never throws.</summary>
    /// <param name="context">Gives back the saved tensors.</param>
    /// <param name="relevance">Relevance at each face, null where none arrived.</param>
    /// <returns>Relevance at each input, detached from every dispose scope; a tensor received may be returned as it is.</returns>
    public IReadOnlyList<Tensor?> Backward(AutogradContext context, IReadOnlyList<Tensor?> relevance)
    {
        try
        {
            using var grad = no_grad();
            using var scope = NewDisposeScope();
            var result = Propagate(context.get_saved_variables(), relevance);
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
    }

    /// <summary>The rule. Gradients are off; what it makes lives in a dispose scope, save what it returns.</summary>
    /// <param name="saved">The tensors of <see cref="Save"/>.</param>
    /// <param name="relevance">Relevance at each face, null where none arrived.</param>
    /// <returns>Relevance at each input; null for none.</returns>
    protected abstract IReadOnlyList<Tensor?> Propagate(List<Tensor> saved, IReadOnlyList<Tensor?> relevance);

    /// <summary>Keeps an exception for the next call that may throw it.</summary>
    protected abstract void Fault(Exception exception);

    /// <summary>Marks a tensor as needed only until the node is connected.</summary>
    protected Tensor Temporary(Tensor tensor)
    {
        temporaries.Add(tensor);
        return tensor;
    }

    /// <summary>Sets what autograd keeps until backward.</summary>
    /// <param name="tensors">Tensors of the forward pass.</param>
    protected void Save(IReadOnlyList<Tensor> tensors) => saved = tensors;

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
}
