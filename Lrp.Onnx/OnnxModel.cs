using Lrp.Attribution;
using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Onnx.Format;
using Lrp.Onnx.Lowering;
using static TorchSharp.torch;

namespace Lrp.Onnx;

/// <summary>
/// A network in an ONNX file as a TorchSharp module: its parts are modules named after the file's nodes, so that
/// composites match them by type and by name.
/// </summary>
/// <remarks>
/// Convolutions, fully connected layers, batch norms, embeddings and common activations are TorchSharp's own layers;
/// the rest are modules of <see cref="Modules"/>. Where a file writes an activation or a norm in several nodes, they
/// are one module, named after the last of them. docs/onnx.md says what each operator does to relevance.
/// </remarks>
/// <example>
/// <code>
/// using var model = OnnxModel.Load("resnet18.onnx");
/// using var explanation = model.Explain(image, Presets.EpsilonPlusFlat(), Target.Predicted());
/// explanation.Save("why.png");
/// </code>
/// </example>
public sealed partial class OnnxModel : nn.Module<Tensor[], Tensor[]>
{
    private const int MostOnTheSide = 256;
    private readonly OnnxProgram _program;
    private readonly List<(Part Part, int[] Inputs, int[] Outputs, int[] Last)> _steps = [];
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);
    private readonly List<(int Slot, string Buffer)> _buffers = [];
    private readonly List<(int Slot, Tensor Value)> _numbers = [];
    private readonly ScalarType? _floats;

    /// <summary>Whether merging its batch normalisations is known to leave the model the same.</summary>
    private bool _mergesRight;

    private readonly string _path;

    private OnnxModel(OnnxProgram program, string path, ScalarType? floats)
        : base(nameof(OnnxModel))
    {
        (_program, _path, _floats) = (program, path, floats);
        Inputs = [.. program.Inputs.Select(OnnxValue.Of)];
        InputNames = [.. Inputs.Select(input => input.Name)];
        OutputNames = [.. program.Outputs.Concat(program.Explained).Distinct()];
        foreach (var part in program.Parts)
        {
            if (part.Module is not null)
            {
                Register(part.Name, part.Module);
            }
        }

        foreach (var input in InputNames)
        {
            Slot(input);
        }

        foreach (var (constant, value) in program.Constants)
        {
            Hold(constant, value);
        }

        // Follows the model's type when it is changed by to().
        register_buffer(
            "precision",
            zeros(0, floats ?? ScalarType.Float32).DetachFromDisposeScope(),
            persistent: false
        );
        Plan();
        eval();
    }

    /// <summary>The inputs with their types and shapes, in the order of <c>call</c>.</summary>
    public IReadOnlyList<OnnxValue> Inputs { get; }

    /// <summary>The names of the inputs, in the order of <c>call</c>.</summary>
    public IReadOnlyList<string> InputNames { get; }

    /// <summary>
    /// The names of the outputs, in the order of <c>call</c>: those of the graph, then what a last softmax is given.
    /// </summary>
    public IReadOnlyList<string> OutputNames { get; }

    /// <summary>
    /// The output that <see cref="Explain(Tensor, Composite, Target?)"/> explains: scores before a softmax.
    /// </summary>
    public string ExplainedName => _program.Explained[0];

    /// <summary>
    /// Merges each batch normalisation into the layer before it, where nothing else uses that layer's output; null
    /// where the graph has none.
    /// </summary>
    public ICanonizer? BatchNorms =>
        _program.BatchNorms.Count == 0 ? null : new NamedMergeBatchNorm([.. _program.BatchNorms]);

    /// <summary>Reads a model, and the files of tensors beside it.</summary>
    /// <param name="path">The file. External data has to be in its folder or below it.</param>
    /// <param name="type">
    /// The type to compute in, such as Float64; null for the types in the file.
    /// </param>
    /// <param name="outputs">Names of values inside the graph to have as outputs; null for the graph's own.</param>
    /// <returns>The model, in evaluation mode; dispose it.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">
    /// No outputs are named, or the type is none of floating point numbers.
    /// </exception>
    /// <exception cref="OnnxException">The file cannot be used; the type says why, the message names what.</exception>
    public static OnnxModel Load(string path, ScalarType? type = null, IReadOnlyList<string>? outputs = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (outputs is { Count: 0 })
        {
            throw new ArgumentException("Name one output at least, or null for those of the file.", nameof(outputs));
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no file '{path}'.", path);
        }

        if (type is { } floats && !ElementType.IsFloatingType(floats))
        {
            throw new ArgumentException(
                $"A model computes in floating point numbers, such as Float32 or Float64, not in {floats}.",
                nameof(type)
            );
        }

        using var scope = NewDisposeScope();
        using var grad = no_grad();
        return new OnnxModel(OnnxProgram.Read(path, type, outputs), path, type);
    }

    /// <summary>The name of the module that computes a value of the graph.</summary>
    /// <param name="value">The value's name in the file.</param>
    /// <returns>A name for composites and for <c>Registration.Record</c>.</returns>
    /// <exception cref="ArgumentException">No module computes it.</exception>
    public string ModuleOf(string value) =>
        _program
            .Parts.FirstOrDefault(part =>
                part.Module is not null && part.Outputs.Contains(_program.Aliases.GetValueOrDefault(value, value))
            )
            ?.Name
        ?? throw new ArgumentException(
            $"No module computes '{value}': it is an input, a number without relevance, or inside a module of several "
                + "nodes.",
            nameof(value)
        );

    /// <summary>Runs the model on its one input.</summary>
    /// <param name="input">The input.</param>
    /// <returns>The output of <see cref="ExplainedName"/>.</returns>
    public Tensor call(Tensor input) => Explained([input]);

    /// <inheritdoc/>
    /// <remarks>
    /// Inputs in the order of <see cref="InputNames"/>, outputs in that of <see cref="OutputNames"/>.
    /// </remarks>
    public override Tensor[] forward(Tensor[] input)
    {
        ThrowIfTooFew(input);
        using var scope = NewDisposeScope();
        var precision = get_buffer("precision")!.dtype;
        _program.Evaluation.Floats = precision == ScalarType.Float32 ? _floats : precision;
        var values = new Tensor?[_slots.Count];
        for (var k = 0; k < input.Length; k++)
        {
            values[k] = Fitting(input[k], _program.Inputs[k]);
        }

        foreach (var (slot, buffer) in _buffers)
        {
            values[slot] = get_buffer(buffer);
        }

        foreach (var (slot, number) in _numbers)
        {
            values[slot] = number;
        }

        var frees = !is_grad_enabled();
        foreach (var (part, inputs, outputs, last) in _steps)
        {
            var given = new Tensor?[inputs.Length];
            for (var k = 0; k < given.Length; k++)
            {
                given[k] = inputs[k] < 0 ? null : values[inputs[k]];
            }

            var computed = part.Run(given);
            for (var k = 0; k < outputs.Length && k < computed.Length; k++)
            {
                if (outputs[k] >= 0)
                {
                    values[outputs[k]] = computed[k];
                }
            }

            for (var k = 0; frees && k < last.Length; k++)
            {
                values[last[k]]?.Dispose();
                values[last[k]] = null;
            }
        }

        return
        [
            .. OutputNames.Select(name =>
                values[_slots[name]] is { } value
                    ? (IsHeld(value, input) ? value.alias() : value).MoveToOuterDisposeScope()
                    : throw new OnnxGraphException($"The output '{name}' is not computed.")
            ),
        ];
    }

    /// <summary>Explains the model's one input.</summary>
    /// <param name="input">The input, samples along its first dimension.</param>
    /// <param name="composite">For example a preset, or <see cref="OnnxPresets.AttnLrp"/>.</param>
    /// <param name="target">The output to explain; by default the predicted class of each sample.</param>
    /// <returns>The relevance; dispose it.</returns>
    public AttributionResult Explain(Tensor input, Composite composite, Target? target = null) =>
        Explain([new ModelArgument(input, InputNames[0])], composite, target);

    /// <summary>Explains the model's inputs; token ids at the embeddings that look them up.</summary>
    /// <param name="inputs">The inputs, in the order of <see cref="InputNames"/>.</param>
    /// <param name="composite">For example a preset, or <see cref="OnnxPresets.AttnLrp"/>.</param>
    /// <param name="target">The output to explain; by default the predicted class of each sample.</param>
    /// <returns>The relevance; dispose it.</returns>
    /// <remarks>
    /// Batch normalisations are merged into the layers before them, and operators that the composite says nothing of
    /// have the rules of <see cref="OnnxPresets.Complete"/>.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Merging changed what the model computes.</exception>
    public AttributionResult Explain(IReadOnlyList<ModelArgument> inputs, Composite composite, Target? target = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.FirstOrDefault(input => !input.IsConstant && input.Value.numel() == 0) is { } empty)
        {
            throw new ArgumentException(
                $"There is nothing to explain: an input has the shape [{string.Join(", ", empty.Value.shape)}].",
                nameof(inputs)
            );
        }

        inputs = [.. inputs.Select(Entered)];
        var complete = OnnxPresets.Complete(composite, this);
        var isKnown = complete.Canonizers.Count == 0 || (composite.Canonizers.Count == 0 && _mergesRight);
        using var check = isKnown ? null : new CanonizedOutput(Explained, inputs);
        var result = new CompositeAttributor(complete).Attribute(
            this,
            check is null ? Explained : check.Run,
            inputs,
            target
        );
        _mergesRight |= composite.Canonizers.Count == 0;
        return result;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _numbers.ForEach(entry => entry.Value.Dispose());
            _program.Evaluation.Dispose();
        }

        base.Dispose(disposing);
    }

    private Tensor Explained(IReadOnlyList<Tensor> inputs)
    {
        var outputs = call([.. inputs]);
        var place = OutputNames.ToList().IndexOf(ExplainedName);
        for (var k = 0; k < outputs.Length; k++)
        {
            if (k != place)
            {
                outputs[k].Dispose();
            }
        }

        return outputs[place];
    }

    private static bool IsHeld(Tensor value, Tensor[] inputs) =>
        inputs.Any(input => ReferenceEquals(input, value)) || value is TorchSharp.Modules.Parameter;
}
