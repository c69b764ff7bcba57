using Lrp.Torch.Interop;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Rows of a (num_embeddings, embedding_dims) table, picked by integers of any shape.</summary>
public sealed class Embedding : Module<Tensor, Tensor>
{
    private static nint _embedding;

    private readonly EmbeddingOptions _options;

    [ComponentName(Name = nameof(weight))]
    private Parameter? _weight;

    internal Embedding(
        long num_embeddings, long embedding_dims, long? padding_idx, double? max_norm, double norm_type, bool scale_grad_by_freq,
        bool sparse, Device? device, ScalarType? dtype)
        : this(
            Held.Parameter([num_embeddings, embedding_dims], device, dtype),
            new EmbeddingOptions(nameof(Embedding), num_embeddings, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse))
    {
        _options.Draw(weight!);
    }

    private Embedding(Parameter weight, EmbeddingOptions options) : base(nameof(Embedding))
    {
        _options = options;
        this.weight = weight;
    }

    internal static Embedding FromPretrained(
        Tensor embeddings, bool freeze, long? padding_idx, double? max_norm, double norm_type, bool scale_grad_by_freq, bool sparse,
        Device? device, ScalarType? dtype)
    {
        Parameter weight = EmbeddingOptions.Pretrained(nameof(Embedding), embeddings, freeze, device, dtype);
        return new Embedding(
            weight,
            new EmbeddingOptions(nameof(Embedding), weight.size(0), padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse));
    }

    public Parameter? weight
    {
        get => _weight;
        set
        {
            _weight = value;
            value?.DetachFromDisposeScope();
            ConditionallyRegisterParameter(nameof(weight), value);
        }
    }

    public override Tensor forward(Tensor input)
    {
        _options.RequireIntegers(input);
        _options.Renormalize(_weight!, input);
        var call = new Call(ref _embedding, "embedding", "");
        call.Add(_weight!);
        call.Add(input);
        call.Add(_options.PaddingIndex);
        call.Add(_options.ScaleGradByFreq);
        call.Add(_options.Sparse);
        Tensor rows = call.Tensor();
        GC.KeepAlive(input);
        GC.KeepAlive(_weight);
        return rows;
    }
}
