using static TorchSharp.torch;

namespace Lrp.Core;

/// <summary>
/// One call of a module, seen on the way back: relevance at its outputs, and what its rule asked to keep.
/// </summary>
public sealed class RelevanceCall
{
    private Tensor? _noRelevance;
    private readonly IReadOnlyList<Tensor>? _inputs;
    private readonly IReadOnlyList<Tensor>? _outputs;
    private readonly Func<Tensor, Tensor?>? _gradient;

    internal RelevanceCall(
        RuleSite site,
        IReadOnlyList<Tensor?> outputRelevance,
        IReadOnlyList<TensorShape> inputShapes,
        IReadOnlyList<TensorShape> outputShapes,
        IReadOnlyList<Tensor>? inputs,
        IReadOnlyList<Tensor>? outputs,
        Func<Tensor, Tensor?>? gradient = null
    )
    {
        Site = site;
        OutputRelevance = outputRelevance;
        InputShapes = inputShapes;
        OutputShapes = outputShapes;
        _inputs = inputs;
        _outputs = outputs;
        _gradient = gradient;
    }

    /// <summary>The module and its name in the model.</summary>
    public RuleSite Site { get; }

    /// <summary>The module.</summary>
    public nn.Module Module => Site.Module;

    /// <summary>Relevance at each output, in the output's shape; null where none arrived.</summary>
    public IReadOnlyList<Tensor?> OutputRelevance { get; }

    /// <summary>Shape, element type and device of each input that takes part.</summary>
    public IReadOnlyList<TensorShape> InputShapes { get; }

    /// <summary>Shape, element type and device of each differentiable output.</summary>
    public IReadOnlyList<TensorShape> OutputShapes { get; }

    /// <summary>
    /// The inputs that take part, those that needed a gradient; other arguments are not listed. With
    /// <see cref="RuleNeeds.LocalGraph"/> they are the leaves of the local graph. Not to be changed in place.
    /// </summary>
    /// <exception cref="InvalidOperationException">The rule did not ask for inputs.</exception>
    public IReadOnlyList<Tensor> Inputs =>
        _inputs ?? throw new InvalidOperationException("The rule has to ask for inputs in NeedsFor to read them.");

    /// <summary>
    /// All tensors that the module was given, in the order of its arguments, those in <see cref="Inputs"/> among them.
    /// Not to be changed in place.
    /// </summary>
    /// <exception cref="InvalidOperationException">The rule did not ask for arguments.</exception>
    public IReadOnlyList<Tensor> Arguments =>
        GivenArguments
        ?? throw new InvalidOperationException("The rule has to ask for arguments in NeedsFor to read them.");

    /// <summary>The place of each input in <see cref="Arguments"/>.</summary>
    public IReadOnlyList<int> InputPositions { get; internal init; } = [];

    /// <summary>The differentiable outputs. Not to be changed in place.</summary>
    /// <exception cref="InvalidOperationException">The rule did not ask for outputs.</exception>
    public IReadOnlyList<Tensor> Outputs =>
        _outputs ?? throw new InvalidOperationException("The rule has to ask for outputs in NeedsFor to read them.");

    /// <summary>
    /// Whether <see cref="Outputs"/> are the positive parts of the module's outputs, relevance being zero wherever an
    /// output was not positive; only for rules with <see cref="JoiningTraits.ReadsOutputsWhereRelevant"/>.
    /// </summary>
    internal bool OutputsAreRectified { get; init; }

    /// <summary>What <see cref="Arguments"/> gives; null where the rule did not ask for it.</summary>
    internal IReadOnlyList<Tensor>? GivenArguments { get; init; }

    /// <summary>Runs the module again; null where the rule did not ask for arguments.</summary>
    internal Func<RelevanceCall, IReadOnlyList<Tensor?>>? Recomputation { get; init; }

    /// <summary>The first input.</summary>
    public Tensor Input => Inputs[0];

    /// <summary>The first output.</summary>
    public Tensor Output => Outputs[0];

    /// <summary>Relevance at the first output, in its shape; zeros where none arrived.</summary>
    public Tensor Relevance => OutputRelevance[0] ?? (_noRelevance ??= OutputShapes[0].Filled(0));

    /// <summary>
    /// The gradient of the module, at the values of the forward pass, applied from the left to a vector at each
    /// output: Σ_j v_j ∂output_j/∂input_i.
    /// </summary>
    /// <param name="vectors">One tensor per output, in its shape; null for an output that does not take part.</param>
    /// <returns>One tensor per input, in its shape; null where an output does not depend on it.</returns>
    /// <remarks>Needs <see cref="RuleNeeds.LocalGraph"/>. Parameters never receive gradients from it.</remarks>
    public IReadOnlyList<Tensor?> Gradient(IReadOnlyList<Tensor?> vectors)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        if (_gradient is not null)
        {
            return [vectors[0] is { } only ? _gradient(only) : null];
        }

        var from = new List<Tensor>();
        var with = new List<Tensor>();
        for (var i = 0; i < Outputs.Count; i++)
        {
            if (vectors[i] is { } vector && Outputs[i].requires_grad)
            {
                from.Add(Outputs[i]);
                with.Add(vector);
            }
        }

        return from.Count == 0
            ? new Tensor?[Inputs.Count]
            : VectorJacobian.Product(from, Inputs, with, retainGraph: true);
    }

    /// <summary>Runs the module's <c>forward</c> without any hooks of this registration.</summary>
    /// <param name="input">The argument of a module that takes one tensor and returns one.</param>
    /// <returns>The result.</returns>
    /// <exception cref="NotSupportedException">The module takes or returns something else.</exception>
    public Tensor Rerun(Tensor input) => Site.Rerun(input);

    /// <summary>
    /// Runs the module's <c>forward</c> on the arguments of the forward pass once more, with the rules of the modules
    /// inside it, and carries the relevance at its outputs back through them.
    /// </summary>
    /// <returns>Relevance for each input that takes part; null where no output depends on it.</returns>
    /// <exception cref="InvalidOperationException">The rule did not ask for arguments.</exception>
    public IReadOnlyList<Tensor?> Recompute() =>
        (
            Recomputation
            ?? throw new InvalidOperationException("The rule has to ask for arguments in NeedsFor to run it.")
        )(this);
}
