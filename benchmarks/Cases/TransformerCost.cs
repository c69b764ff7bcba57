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

    private static readonly IReadOnlyList<(Case Case, Func<Transformer, TransformerExplainer> Explainer)> Explainers =
    [
        (new("AttnLRP"), model => new(model, parts: RelevanceParts.None)),
        (new("AttnLRP, explicit"), model => new(model, form: RelevanceForm.Explicit, parts: RelevanceParts.None)),
        (new("CP-LRP"), model => new(model, RelevanceMethod.CpLrp, parts: RelevanceParts.None)),
        (new("AttnLRP, layers and heads too", Extent.Full), model => new(model)),
        (
            new("AttnLRP, blocks run again", Extent.Full),
            model => new(model, parts: RelevanceParts.None, recomputesBlocks: true)
        ),
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

    /// <summary>The cases.</summary>
    public static IReadOnlyList<Case> Cases { get; } = [.. Explainers.Select(entry => entry.Case)];

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

        var explainer = Explainers.First(entry => entry.Case.Name == name).Explainer(_model);
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
