using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Lrp.Core.Engine;

/// <summary>A point of the autograd graph at which managed code decides what flows down.</summary>
internal abstract class RelevanceNode
{
    private readonly List<Tensor> temporaries = [];
    private IReadOnlyList<Tensor> saved = [];

    /// <summary>The tensors that the graph above sees, without history of their own.</summary>
    public IReadOnlyList<Tensor> Faces { get; protected set; } = [];

    /// <summary>Frees the handles that only served to connect the node; autograd has its own by now.</summary>
    public virtual void Connected()
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
    /// <returns>Relevance at each input; a tensor received may be returned as it is.</returns>
    public abstract IReadOnlyList<Tensor?> Backward(AutogradContext context, IReadOnlyList<Tensor?> relevance);

    /// <summary>Marks a tensor as needed only until the node is connected.</summary>
    protected Tensor Temporary(Tensor tensor)
    {
        temporaries.Add(tensor);
        return tensor;
    }

    /// <summary>Sets what autograd keeps until backward.</summary>
    /// <param name="tensors">Tensors of the forward pass.</param>
    protected void Save(IReadOnlyList<Tensor> tensors) => saved = tensors;
}
