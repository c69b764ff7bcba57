using Lrp.Models.Methods;
using Lrp.Models.Transformers;
using static TorchSharp.torch;
using Embedding = TorchSharp.Modules.Embedding;

namespace Lrp.Benchmarks.Cases;

/// <summary>
/// The cost of explaining a transformer, relative to the gradient of one logit of the last token with respect to the
/// words' vectors.
/// </summary>
internal sealed class TransformerCost : ISubject
{
    /// <summary>The baseline.</summary>
    public const string Plain = "forward and gradient";

    /// <summary>The cases.</summary>
    public static readonly IReadOnlyList<Case> Cases =
    [
        new("AttnLRP"),
        new("AttnLRP, explicit"),
        new("CP-LRP"),
        new("AttnLRP, layers and heads too", Extent.Full),
        new("AttnLRP, blocks run again", Extent.Full),
    ];

    private readonly Transformer _model;
    private readonly Tensor _ids;

    /// <param name="network">A key of <see cref="Transformers.Configurations"/>.</param>
    /// <param name="batch">The number of texts.</param>
    /// <param name="length">The number of tokens of each text.</param>
    public TransformerCost(string network, int batch, int length)
    {
        _model = Transformers.Create(network);
        _ids = randint(0, 1000, [batch, length], dtype: ScalarType.Int64);
    }

    /// <summary>Attaches the rules of the named case and explains once.</summary>
    public Visit Open(string name)
    {
        if (name == Plain)
        {
            // The words' vectors are a leaf, as they are for an explanation.
            var words = _model.modules().OfType<Embedding>().First();
            var hook = words.register_forward_hook((_, _, output) => output.detach().requires_grad_());
            Gradient();
            return new Visit(Gradient, State: new Unhooking(() => hook.remove()));
        }

        var explainer = new TransformerExplainer(
            _model,
            name.StartsWith("CP", StringComparison.Ordinal) ? RelevanceMethod.CpLrp : RelevanceMethod.AttnLrp,
            name.EndsWith("explicit", StringComparison.Ordinal) ? RelevanceForm.Explicit : RelevanceForm.Efficient,
            name.EndsWith("heads too", StringComparison.Ordinal) ? RelevanceParts.Shown : RelevanceParts.None,
            recomputesBlocks: name.EndsWith("again", StringComparison.Ordinal)
        );
        void Explain()
        {
            using var pass = explainer.Run(_ids);
            pass.Explain(LastLogit).Dispose();
        }

        Explain();
        return new Visit(Explain, State: explainer);
    }

    public void Dispose()
    {
        _ids.Dispose();
        _model.Dispose();
    }

    private static Tensor LastLogit(Tensor logits) => logits.select(1, -1).select(1, 0);

    private void Gradient()
    {
        using var scope = NewDisposeScope();
        LastLogit(_model.call(_ids, null, null, null)).sum().backward();
    }

    private sealed class Unhooking(Action remove) : IDisposable
    {
        public void Dispose() => remove();
    }
}
