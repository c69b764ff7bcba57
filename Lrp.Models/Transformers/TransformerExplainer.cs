using Lrp.Composites;
using Lrp.Core;
using Lrp.Core.Registrations;
using Lrp.Models.Methods;
using Lrp.Rules;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>Explains what a transformer says about any number of texts, by one method.</summary>
/// <remarks>While it lives, the model has the method's rules; dispose it to have the model back as it was.</remarks>
/// <example>
/// <code>
/// using var model = Transformer.Load("SmolLM2-135M");
/// using var explainer = new TransformerExplainer(model);
/// using var pass = explainer.Run(ids);
/// using var why = pass.Explain([[5, 421]]); // token 421 at position 5
/// Tensor relevance = why.Text.Tokens; // 1 × T
/// </code>
/// </example>
public sealed class TransformerExplainer : IDisposable
{
    private readonly Transformer _model;
    private readonly RelevanceForm _form;
    private readonly List<StackTaps> _taps;
    private readonly Registration _registration;
    private readonly ThreadLocal<TransformerPass?> _running = new();
    private readonly bool _recomputesBlocks;
    private readonly Lock _oneGoesBack = new();

    /// <summary>The pass whose blocks run again, on whatever thread libtorch runs its backward pass.</summary>
    private volatile TransformerPass? _goesBack;

    /// <summary>Attaches the rules of a method.</summary>
    /// <param name="model">The model; it stays the caller's.</param>
    /// <param name="method">The method.</param>
    /// <param name="form">What travels backward; relevance is the same.</param>
    /// <param name="parts">What is read beside the relevance of tokens.</param>
    /// <param name="recomputesBlocks">
    /// Whether each block keeps only its input and runs once more in the backward pass (<see cref="Recompute"/>): less
    /// memory, for one more forward pass. Relevance is the same.
    /// </param>
    /// <exception cref="ArgumentException">The form is explicit, and the model is in float16.</exception>
    /// <exception cref="InvalidOperationException">The model has rules already.</exception>
    public TransformerExplainer(
        Transformer model,
        RelevanceMethod method = RelevanceMethod.AttnLrp,
        RelevanceForm form = RelevanceForm.Efficient,
        RelevanceParts parts = RelevanceParts.Shown,
        bool recomputesBlocks = false
    )
        : this(model, MethodRules.Of(method), form, parts, recomputesBlocks) { }

    /// <summary>The same with rules of any method.</summary>
    internal TransformerExplainer(
        Transformer model,
        MethodRules rules,
        RelevanceForm form,
        RelevanceParts parts,
        bool recomputesBlocks = false
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        Registration.ThrowIfRegistered(model);
        if (form == RelevanceForm.Explicit && model.Dtype == ScalarType.Float16)
        {
            throw new ArgumentException(
                "The explicit form divides by outputs, and float16 has too small a range for the quotients: load the "
                    + "model in float32 or bfloat16, or take the efficient form.",
                nameof(form)
            );
        }

        _model = model;
        _form = form;
        _recomputesBlocks = recomputesBlocks;
        _taps =
        [
            .. model.Stacks.Select(
                (stack, k) =>
                    new StackTaps(stack, parts, () => (_running.Value ?? _goesBack)?.Points[k], recomputesBlocks)
            ),
        ];
        try
        {
            var composite =
                form == RelevanceForm.Explicit
                    ? Beginning(model, rules)
                    : rules.In(form, weightsAreLent: model.Weights is not null);
            if (recomputesBlocks)
            {
                composite = new Composite { { typeof(Block), new Recompute() }, composite };
            }

            _registration = composite.Register(model, RegistrationDetail.RulesOnly, RelevanceStart.Gradient);
        }
        catch
        {
            _taps.ForEach(taps => taps.Dispose());
            throw;
        }
    }

    /// <summary>Runs the model on texts whose explanations are asked for afterwards.</summary>
    /// <param name="ids">B × T, int64.</param>
    /// <param name="mask">B × T, 1 for tokens and 0 for padding; null where there is no padding.</param>
    /// <param name="positions">B or 1 × T, int64; null to have them counted as the brand does.</param>
    /// <param name="tokenTypes">B × T, int64; null for type 0.</param>
    /// <returns>The pass, with the logits; dispose it to free its graph.</returns>
    /// <exception cref="ArgumentException">A shape, an element type or an id does not fit.</exception>
    /// <exception cref="InvalidOperationException">The calling thread is in inference mode.</exception>
    public TransformerPass Run(Tensor ids, Tensor? mask = null, Tensor? positions = null, Tensor? tokenTypes = null)
    {
        ObjectDisposedException.ThrowIf(_registration.IsDisposed, this);
        InferenceMode.ThrowIfOn();
        var pass = new TransformerPass(
            GoBack,
            [.. _model.Stacks.Select(_ => new StackPoints(_form == RelevanceForm.Explicit, _recomputesBlocks))]
        );
        _running.Value = pass;
        try
        {
            using var scope = NewDisposeScope();
            using var grad = enable_grad();
            using var making = pass.Graph.Make();
            pass.Logits = _model.call(ids, mask, positions, tokenTypes).DetachFromDisposeScope();
            return pass;
        }
        catch
        {
            pass.Dispose();
            throw;
        }
        finally
        {
            _running.Value = null;
        }
    }

    /// <summary>Takes the rules off the model.</summary>
    public void Dispose()
    {
        _registration.Dispose();
        _taps.ForEach(taps => taps.Dispose());
        _running.Dispose();
    }

    /// <summary>Runs the backward pass of a pass; where blocks run again, one at a time.</summary>
    private void GoBack(TransformerPass pass, Tensor values, bool keepsGraph)
    {
        using var alone = _recomputesBlocks ? _oneGoesBack.EnterScope() : default;
        _goesBack = _recomputesBlocks ? pass : null;
        pass.Graph.IsEnding = !keepsGraph;
        try
        {
            values.backward(retain_graph: keepsGraph);
            pass.Graph.ThrowIfFaulted();
            _registration.ThrowIfFaulted();
        }
        finally
        {
            _goesBack = null;
        }
    }

    /// <summary>
    /// The composite with the module at which relevance begins: the model's last one that mixes features. Dividing the
    /// relevance of its outputs by the outputs would give the gradient back that is there.
    /// </summary>
    private static Composite Beginning(Transformer model, MethodRules rules)
    {
        var (name, last) = model.LastModule;
        var all = new Composite { { name, rules.StartAt(last) } };
        if (model.OutputCapName is { } cap)
        {
            all.Add(cap, rules.SoftCaps.In(RelevanceForm.Efficient));
        }

        all.Add(rules.In(RelevanceForm.Explicit));
        return all;
    }
}
