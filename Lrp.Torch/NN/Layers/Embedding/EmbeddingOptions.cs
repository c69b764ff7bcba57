using Lrp.Torch.Interop;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>What <see cref="Embedding"/> and <see cref="EmbeddingBag"/> share beside the table itself.</summary>
internal sealed class EmbeddingOptions
{
    private static nint _renorm;

    private readonly string _name;
    private readonly double? _maxNorm;
    private readonly double _normType;

    internal EmbeddingOptions(
        string name, long rows, long? paddingIndex, double? maxNorm, double normType, bool scaleGradByFreq, bool sparse)
    {
        if (paddingIndex is { } index && (index >= rows || index < -rows))
        {
            throw new ArgumentException($"{name}: the padding index {index} is not within {rows} embeddings.", nameof(paddingIndex));
        }

        _name = name;
        _maxNorm = maxNorm;
        _normType = normType;
        PaddingIndex = paddingIndex is { } given ? (given < 0 ? rows + given : given) : -1;
        ScaleGradByFreq = scaleGradByFreq;
        Sparse = sparse;
    }

    /// <summary>Row that gets no gradient, −1 for none.</summary>
    internal long PaddingIndex { get; }

    internal bool ScaleGradByFreq { get; }

    internal bool Sparse { get; }

    internal static Parameter Pretrained(string name, Tensor embeddings, bool freeze, Device? device, ScalarType? dtype)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        if (embeddings.dim() != 2)
        {
            throw new ArgumentException($"{name}: embeddings must be (rows, dimensions), got {Held.Shape(embeddings)}.", nameof(embeddings));
        }

        Tensor data = embeddings.detach();
        if (device is not null || dtype is not null)
        {
            using Tensor before = data;
            data = before.to(dtype ?? before.dtype, device ?? before.device, copy: true);
        }

        return new Parameter(data, requires_grad: !freeze);
    }

    /// <summary>Standard normal rows, the padding row zero.</summary>
    internal void Draw(Tensor weight)
    {
        using IDisposable gradientsOff = no_grad();
        weight.normal_();
        if (PaddingIndex >= 0)
        {
            using Tensor row = weight.select(0, PaddingIndex);
            row.zero_();
        }
    }

    internal void RequireIntegers(Tensor input)
    {
        if (input.dtype is not (ScalarType.Int64 or ScalarType.Int32))
        {
            throw new ArgumentException(
                $"{_name}: indices must be Int64 or Int32, got {input.dtype} {Held.Shape(input)}; convert them with to(ScalarType.Int64).",
                nameof(input));
        }
    }

    /// <summary>Scales the rows that are about to be used down to the greatest norm allowed, in the table itself.</summary>
    internal void Renormalize(Tensor weight, Tensor input)
    {
        if (_maxNorm is not { } norm)
        {
            return;
        }

        using IDisposable gradientsOff = no_grad();
        using Tensor indices = input.contiguous();
        using Tensor table = weight.detach();
        var call = new Call(ref _renorm, "embedding_renorm_", "");
        call.Add(table);
        call.Add(indices);
        call.Add(norm);
        call.Add(_normType);
        call.Void();
    }
}
