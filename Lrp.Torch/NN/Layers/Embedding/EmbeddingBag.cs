using Lrp.Torch.Interop;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>
/// Sum, mean or maximum of embeddings a bag: bags are the rows of a (B, N) input, or begin at the offsets of a flat one.
/// </summary>
public sealed class EmbeddingBag
    : Module<Tensor, Tensor?, Tensor?, Tensor>, IModule<Tensor, Tensor, Tensor>, IModule<Tensor, Tensor?, Tensor?, Tensor>
{
    private static nint _embeddingBag;

    private readonly EmbeddingOptions _options;
    private readonly EmbeddingBagMode _mode;
    private readonly bool _includeLastOffset;

    [ComponentName(Name = nameof(weight))]
    private Parameter? _weight;

    internal EmbeddingBag(
        long num_embeddings, long embedding_dims, double? max_norm, double norm_type, bool scale_grad_by_freq, EmbeddingBagMode mode,
        bool sparse, bool include_last_offset, long padding_index, Device? device, ScalarType? dtype)
        : this(
            Held.Parameter([num_embeddings, embedding_dims], device, dtype),
            new EmbeddingOptions(
                nameof(EmbeddingBag), num_embeddings, padding_index < 0 ? null : padding_index, max_norm, norm_type,
                scale_grad_by_freq, sparse),
            mode,
            include_last_offset)
    {
        _options.Draw(weight!);
    }

    private EmbeddingBag(Parameter weight, EmbeddingOptions options, EmbeddingBagMode mode, bool includeLastOffset)
        : base(nameof(EmbeddingBag))
    {
        _options = options;
        _mode = mode;
        _includeLastOffset = includeLastOffset;
        this.weight = weight;
    }

    internal static EmbeddingBag FromPretrained(
        Tensor embeddings, bool freeze, double? max_norm, double norm_type, bool scale_grad_by_freq, EmbeddingBagMode mode, bool sparse,
        bool include_last_offset, long padding_index, Device? device, ScalarType? dtype)
    {
        Parameter weight = EmbeddingOptions.Pretrained(nameof(EmbeddingBag), embeddings, freeze, device, dtype);
        var options = new EmbeddingOptions(
            nameof(EmbeddingBag), weight.size(0), padding_index < 0 ? null : padding_index, max_norm, norm_type, scale_grad_by_freq, sparse);
        return new EmbeddingBag(weight, options, mode, include_last_offset);
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

    public Tensor call(Tensor input) => call(input, null, null);

    public Tensor call(Tensor input, Tensor offsets) => call(input, offsets, null);

    public new Tensor call(Tensor input, Tensor? offsets, Tensor? perSampleWeights)
    {
        _options.RequireIntegers(input);
        if (offsets is not null && input.dtype != offsets.dtype)
        {
            throw new ArgumentException(
                $"EmbeddingBag: input is {input.dtype} and offsets are {offsets.dtype}; they must have one type.", nameof(offsets));
        }

        if (input.dim() == 1 && offsets is null)
        {
            throw new ArgumentException("EmbeddingBag: a 1-D input needs offsets that say where its bags begin.", nameof(offsets));
        }

        if (input.dim() == 2 && offsets is not null)
        {
            throw new ArgumentException("EmbeddingBag: the rows of a 2-D input are the bags, so offsets must be null.", nameof(offsets));
        }

        return base.call(input, offsets, perSampleWeights);
    }

    public override Tensor forward(Tensor input, Tensor? offsets, Tensor? perSampleWeights)
    {
        if (input.dim() is not (1 or 2))
        {
            throw new ArgumentException($"EmbeddingBag: expected a 1-D or 2-D input, got {Held.Shape(input)}.", nameof(input));
        }

        if (perSampleWeights is not null && _mode != EmbeddingBagMode.Sum)
        {
            throw new ArgumentException($"EmbeddingBag: weights a sample are defined for mode Sum only, not {_mode}.", nameof(perSampleWeights));
        }

        _options.Renormalize(_weight!, input);
        bool rows = input.dim() == 2;
        using Tensor indices = rows ? input.reshape(-1) : input.alias();
        using Tensor begins = rows
            ? arange(0, indices.numel(), input.size(1), dtype: input.dtype, device: input.device)
            : offsets!.alias();
        using Tensor? weights = rows ? perSampleWeights?.reshape(-1) : perSampleWeights?.alias();
        var call = new Call(ref _embeddingBag, "embedding_bag", "padding_idx");
        call.Add(_weight!);
        call.Add(indices);
        call.Add(begins);
        call.Add(_options.ScaleGradByFreq);
        call.Add((long)_mode);
        call.Add(_options.Sparse);
        call.Add(weights);
        call.Add(_includeLastOffset);
        call.Add(_options.PaddingIndex >= 0 ? _options.PaddingIndex : (long?)null);
        (Tensor output, Tensor a, Tensor b, Tensor c) = call.Tensors4();
        a?.Dispose();
        b?.Dispose();
        c?.Dispose();
        GC.KeepAlive(_weight);
        return output;
    }
}
