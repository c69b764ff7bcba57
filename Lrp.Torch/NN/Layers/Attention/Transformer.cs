using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Encoder and decoder (Vaswani et al. 2017), each ended by a layer normalization; inputs are (S, N, E) and (T, N, E).</summary>
public sealed class Transformer : Module<Tensor, Tensor, Tensor>
{
    private readonly TransformerForm _form;
    private readonly long _encoderLayers;
    private readonly long _decoderLayers;

    internal Transformer(
        long d_model, long nhead, long num_encoder_layers, long num_decoder_layers, long dim_feedforward, double dropout,
        Activations activation)
        : base(nameof(Transformer))
    {
        _form = new TransformerForm(nameof(Transformer), d_model, nhead, dim_feedforward, dropout, activation);
        _encoderLayers = num_encoder_layers;
        _decoderLayers = num_decoder_layers;
        var weights = new WeightBuilder(register_parameter);
        WeightBuilder encoder = weights.Under("encoder");
        WeightBuilder decoder = weights.Under("decoder");
        for (long layer = 0; layer < num_encoder_layers; layer++)
        {
            _form.CreateEncoder(encoder.Under("layers").Under($"{layer}"));
        }

        encoder.Norm("norm", d_model);
        for (long layer = 0; layer < num_decoder_layers; layer++)
        {
            _form.CreateDecoder(decoder.Under("layers").Under($"{layer}"));
        }

        decoder.Norm("norm", d_model);
        foreach (Parameter parameter in parameters())
        {
            if (parameter.dim() > 1)
            {
                init.xavier_uniform_(parameter);
            }
        }
    }

    public Tensor call(
        Tensor src, Tensor tgt, Tensor? src_mask, Tensor? tgt_mask = null, Tensor? memory_mask = null,
        Tensor? src_key_padding_mask = null, Tensor? tgt_key_padding_mask = null, Tensor? memory_key_padding_mask = null)
    {
        using var scope = NewDisposeScope();
        var weights = new Weights(this);
        Weights encoder = weights.Under("encoder");
        Weights decoder = weights.Under("decoder");
        Tensor memory = src;
        for (long layer = 0; layer < _encoderLayers; layer++)
        {
            memory = _form.Encode(encoder.Under($"layers.{layer}"), memory, src_mask, src_key_padding_mask, training);
        }

        memory = encoder.Norm("norm", memory);
        Tensor x = tgt;
        for (long layer = 0; layer < _decoderLayers; layer++)
        {
            x = _form.Decode(
                decoder.Under($"layers.{layer}"), x, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask,
                training);
        }

        return decoder.Norm("norm", x).MoveToOuterDisposeScope();
    }

    public override Tensor forward(Tensor src, Tensor tgt) => call(src, tgt, null);
}
