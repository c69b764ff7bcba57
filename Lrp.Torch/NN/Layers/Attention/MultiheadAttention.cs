using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>
/// Multi-head attention (Vaswani et al. 2017, eq. 1 and section 3.2.2) over (T, N, E). Results: the output, and the
/// attention averaged over the heads, (N, T, S), or an invalid tensor where it is not asked for.
/// </summary>
public sealed class MultiheadAttention : Module<Tensor, Tensor, Tensor, Tensor?, bool, Tensor?, Tuple<Tensor, Tensor>>
{
    private readonly AttentionForm _form;

    internal MultiheadAttention(
        long embedded_dim, long num_heads, double dropout, bool bias, bool add_bias_kv, bool add_zero_attn, long? kdim, long? vdim)
        : base(nameof(MultiheadAttention))
    {
        _form = new AttentionForm(nameof(MultiheadAttention), embedded_dim, num_heads, dropout, add_zero_attn);
        _form.Create(new WeightBuilder(register_parameter), bias, add_bias_kv, kdim ?? embedded_dim, vdim ?? embedded_dim);
    }

    public new Tuple<Tensor, Tensor> call(
        Tensor query, Tensor key, Tensor value, Tensor? key_padding_mask = null, bool need_weights = true, Tensor? attn_mask = null) =>
        base.call(query, key, value, key_padding_mask, need_weights, attn_mask);

    public override Tuple<Tensor, Tensor> forward(
        Tensor query, Tensor key, Tensor value, Tensor? key_padding_mask, bool need_weights, Tensor? attn_mask)
    {
        (Tensor output, Tensor? attention) = _form.Attend(
            new Weights(this), query, key, value, key_padding_mask, attn_mask, training, need_weights);
        return Tuple.Create(output, attention ?? new Tensor(IntPtr.Zero));
    }
}
