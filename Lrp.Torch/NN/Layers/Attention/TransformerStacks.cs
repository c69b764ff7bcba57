using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Encoder layers in a row, all beginning with the parameters of the one given.</summary>
public sealed class TransformerEncoder : Module<Tensor, Tensor?, Tensor?, Tensor>, IModule<Tensor, Tensor, Tensor>, IModule<Tensor, Tensor>
{
    private readonly TransformerForm _form;
    private readonly long _layers;

    /// <summary>The element-wise function between a layer's linear modules.</summary>
    public enum Activations
    {
        ReLU = 0,
        GELU = 1,
    }

    internal TransformerEncoder(TransformerEncoderLayer encoder_layer, long num_layers) : base(nameof(TransformerEncoder))
    {
        _form = encoder_layer.Form;
        _layers = num_layers;
        LayerCopies.Register(encoder_layer, num_layers, register_parameter);
    }

    public Tensor call(Tensor src) => base.call(src, null, null);

    public Tensor call(Tensor src, Tensor src_mask) => base.call(src, src_mask, null);

    public override Tensor forward(Tensor src, Tensor? src_mask, Tensor? src_key_padding_mask)
    {
        Tensor x = src;
        for (long layer = 0; layer < _layers; layer++)
        {
            Tensor before = x;
            x = _form.Encode(new Weights(this, $"layers.{layer}."), before, src_mask, src_key_padding_mask, training);
            if (layer > 0)
            {
                before.Dispose();
            }
        }

        return _layers == 0 ? src.alias() : x;
    }
}

/// <summary>Decoder layers in a row, all beginning with the parameters of the one given.</summary>
public sealed class TransformerDecoder : Module<Tensor, Tensor, Tensor?, Tensor?, Tensor?, Tensor?, Tensor>
{
    private readonly TransformerForm _form;
    private readonly long _layers;

    internal TransformerDecoder(TransformerDecoderLayer decoder_layer, long num_layers) : base(nameof(TransformerDecoder))
    {
        _form = decoder_layer.Form;
        _layers = num_layers;
        LayerCopies.Register(decoder_layer, num_layers, register_parameter);
    }

    public Tensor call(Tensor tgt, Tensor memory) => base.call(tgt, memory, null, null, null, null);

    public new Tensor call(
        Tensor tgt, Tensor memory, Tensor? tgt_mask, Tensor? memory_mask = null, Tensor? tgt_key_padding_mask = null,
        Tensor? memory_key_padding_mask = null) =>
        base.call(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask);

    public override Tensor forward(
        Tensor tgt, Tensor memory, Tensor? tgt_mask, Tensor? memory_mask = null, Tensor? tgt_key_padding_mask = null,
        Tensor? memory_key_padding_mask = null)
    {
        Tensor x = tgt;
        for (long layer = 0; layer < _layers; layer++)
        {
            Tensor before = x;
            x = _form.Decode(
                new Weights(this, $"layers.{layer}."), before, memory, tgt_mask, memory_mask, tgt_key_padding_mask,
                memory_key_padding_mask, training);
            if (layer > 0)
            {
                before.Dispose();
            }
        }

        return _layers == 0 ? tgt.alias() : x;
    }
}

/// <summary>Parameters of several layers that begin as copies of one layer's.</summary>
internal static class LayerCopies
{
    internal static void Register(Module layer, long count, Action<string, Parameter> register)
    {
        ArgumentNullException.ThrowIfNull(layer);
        for (long k = 0; k < count; k++)
        {
            foreach ((string name, Parameter original) in layer.named_parameters())
            {
                using Tensor detached = original.detach();
                var copy = new Parameter(detached.clone(), original.requires_grad);
                copy.DetachFromDisposeScope();
                register($"layers.{k}.{name}", copy);
            }
        }
    }
}
