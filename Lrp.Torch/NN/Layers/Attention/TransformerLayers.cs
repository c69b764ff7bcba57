using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Self-attention and a two-layer network over (S, N, E), each with residual and layer normalization.</summary>
public sealed class TransformerEncoderLayer
    : Module<Tensor, Tensor>, IModule<Tensor, Tensor, Tensor>, IModule<Tensor, Tensor, Tensor, Tensor>
{
    internal TransformerEncoderLayer(long d_model, long nhead, long dim_feedforward, double dropout, Activations activation)
        : base(nameof(TransformerEncoderLayer))
    {
        Form = new TransformerForm(nameof(TransformerEncoderLayer), d_model, nhead, dim_feedforward, dropout, activation);
        Form.CreateEncoder(new WeightBuilder(register_parameter));
    }

    internal TransformerForm Form { get; }

    public Tensor call(Tensor src, Tensor src_mask) => Form.Encode(new Weights(this), src, src_mask, null, training);

    public Tensor call(Tensor src, Tensor src_mask, Tensor src_key_padding_mask) =>
        Form.Encode(new Weights(this), src, src_mask, src_key_padding_mask, training);

    public override Tensor forward(Tensor src) => Form.Encode(new Weights(this), src, null, null, training);
}

/// <summary>Self-attention, attention to a memory and a two-layer network, each with residual and layer normalization.</summary>
public sealed class TransformerDecoderLayer
    : Module<Tensor, Tensor, Tensor?, Tensor?, Tensor?, Tensor?, Tensor>, IModule<Tensor, Tensor, Tensor>
{
    internal TransformerDecoderLayer(long d_model, long nhead, long dim_feedforward, double dropout, Activations activation)
        : base(nameof(TransformerDecoderLayer))
    {
        Form = new TransformerForm(nameof(TransformerDecoderLayer), d_model, nhead, dim_feedforward, dropout, activation);
        Form.CreateDecoder(new WeightBuilder(register_parameter));
    }

    internal TransformerForm Form { get; }

    public Tensor call(Tensor tgt, Tensor memory) => base.call(tgt, memory, null, null, null, null);

    public new Tensor call(
        Tensor tgt, Tensor memory, Tensor? tgt_mask, Tensor? memory_mask = null, Tensor? tgt_key_padding_mask = null,
        Tensor? memory_key_padding_mask = null) =>
        base.call(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask);

    public override Tensor forward(
        Tensor tgt, Tensor memory, Tensor? tgt_mask, Tensor? memory_mask, Tensor? tgt_key_padding_mask,
        Tensor? memory_key_padding_mask) =>
        Form.Decode(
            new Weights(this), tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask, training);
}
