using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Models.Layers;

/// <summary>x·wᵀ + b with the table of an embedding as w: the output layer of a model with tied weights.</summary>
public sealed class TiedProjection : nn.Module<Tensor, Tensor>
{
    private readonly Func<Tensor> _table;

    [ComponentName(Name = "bias")]
    private readonly Parameter? _bias;

    /// <summary>Creates the module; the table stays the embedding's.</summary>
    /// <param name="words">The embedding, of rows × size.</param>
    /// <param name="hasBias">Whether there is a bias of its own.</param>
    /// <param name="dtype">The element type of the bias.</param>
    public TiedProjection(Embedding words, bool hasBias, ScalarType dtype)
        : base(nameof(TiedProjection))
    {
        ArgumentNullException.ThrowIfNull(words);
        _table = () => words.weight!; // no field: the embedding is a module of another place
        if (hasBias)
        {
            _bias = new Parameter(zeros(words.weight!.shape[0], dtype: dtype), requires_grad: false);
        }

        RegisterComponents();
    }

    /// <summary>The bias, one for each row; null for none.</summary>
    public Parameter? Bias => _bias;

    /// <summary>Rows × size.</summary>
    internal Tensor Table => _table();

    /// <summary>One output for each row of the table.</summary>
    /// <param name="input">… × size.</param>
    /// <returns>… × rows.</returns>
    public override Tensor forward(Tensor input) => nn.functional.linear(input, _table(), Bias);
}
