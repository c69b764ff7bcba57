using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>
/// The computation of a transformer layer (Vaswani et al. 2017, section 3.1), each part followed by dropout, the
/// residual and a layer normalization, apart from where its parameters are kept.
/// </summary>
internal sealed class TransformerForm
{
    private readonly AttentionForm _attention;
    private readonly long _features;
    private readonly long _hidden;
    private readonly double _dropout;
    private readonly Activations _activation;

    internal TransformerForm(string module, long features, long heads, long hidden, double dropout, Activations activation)
    {
        _attention = new AttentionForm(module, features, heads, dropout, zeroAttention: false);
        _features = features;
        _hidden = hidden;
        _dropout = dropout;
        _activation = activation;
    }

    internal void CreateEncoder(WeightBuilder weights)
    {
        _attention.Create(weights.Under("self_attn"), true, false, _features, _features);
        weights.Linear("linear1", _features, _hidden);
        weights.Linear("linear2", _hidden, _features);
        weights.Norm("norm1", _features);
        weights.Norm("norm2", _features);
    }

    internal void CreateDecoder(WeightBuilder weights)
    {
        _attention.Create(weights.Under("self_attn"), true, false, _features, _features);
        _attention.Create(weights.Under("multihead_attn"), true, false, _features, _features);
        weights.Linear("linear1", _features, _hidden);
        weights.Linear("linear2", _hidden, _features);
        weights.Norm("norm1", _features);
        weights.Norm("norm2", _features);
        weights.Norm("norm3", _features);
    }

    internal Tensor Encode(Weights weights, Tensor source, Tensor? mask, Tensor? keyPadding, bool training)
    {
        using var scope = NewDisposeScope();
        Tensor x = Attended(weights, "self_attn", "norm1", source, source, mask, keyPadding, training);
        return FedForward(weights, "norm2", x, training).MoveToOuterDisposeScope();
    }

    internal Tensor Decode(
        Weights weights, Tensor target, Tensor memory, Tensor? targetMask, Tensor? memoryMask, Tensor? targetKeyPadding,
        Tensor? memoryKeyPadding, bool training)
    {
        using var scope = NewDisposeScope();
        Tensor x = Attended(weights, "self_attn", "norm1", target, target, targetMask, targetKeyPadding, training);
        x = Attended(weights, "multihead_attn", "norm2", x, memory, memoryMask, memoryKeyPadding, training);
        return FedForward(weights, "norm3", x, training).MoveToOuterDisposeScope();
    }

    private Tensor Attended(
        Weights weights, string part, string norm, Tensor x, Tensor source, Tensor? mask, Tensor? keyPadding, bool training)
    {
        (Tensor attended, _) = _attention.Attend(weights.Under(part), x, source, source, keyPadding, mask, training, needAttention: false);
        return weights.Norm(norm, x + functional.dropout(attended, _dropout, training));
    }

    private Tensor FedForward(Weights weights, string norm, Tensor x, bool training)
    {
        Tensor hidden = weights.Linear("linear1", x);
        hidden = _activation == Activations.GELU ? functional.gelu(hidden) : functional.relu(hidden);
        Tensor output = weights.Linear("linear2", functional.dropout(hidden, _dropout, training));
        return weights.Norm(norm, x + functional.dropout(output, _dropout, training));
    }
}
