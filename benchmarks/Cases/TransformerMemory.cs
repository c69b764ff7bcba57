using System.Globalization;
using Lrp.Models.Transformers;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>
/// The memory that an explanation of a model in float32 needs beside that of a forward pass without a graph.
/// </summary>
internal sealed class TransformerMemory : ISubject
{
    /// <summary>The baseline.</summary>
    public const string Plain = "forward without a graph";

    private const string Kept = "explanation",
        Again = "explanation, blocks run again";

    /// <summary>The cases.</summary>
    public static readonly IReadOnlyList<Case> Cases = [new(Kept), new(Again)];

    private readonly int _length;
    private readonly Transformer _model;
    private readonly Tensor _ids;

    /// <param name="network">A key of <see cref="Transformers.Configurations"/>.</param>
    /// <param name="length">The number of tokens of the text.</param>
    public TransformerMemory(string network, int length)
    {
        _length = length;
        _model = Transformers.Create(network);
        _ids = randint(0, 1000, [1, length], dtype: ScalarType.Int64);
    }

    public Visit Open(string name)
    {
        if (name == Plain)
        {
            return new Visit(Forward);
        }

        var explainer = new TransformerExplainer(_model, parts: RelevanceParts.None, recomputesBlocks: name == Again);
        return new Visit(
            () =>
            {
                using var pass = explainer.Run(_ids);
                pass.Explain(logits => logits.select(1, -1).select(1, 0)).Dispose();
            },
            State: explainer
        );
    }

    /// <summary>What the formula gives, in words.</summary>
    public string? Note(string name)
    {
        if (name == Plain)
        {
            return null;
        }

        var stack = _model.Configuration.Stack;
        var weights = Bytes(_model.parameters().Sum(parameter => parameter.numel()));
        var states = Bytes(_length * stack.Width);
        var logits = Bytes(_length * stack.Vocabulary);
        var block = Block(stack);
        var blocks = name == Kept ? stack.Layers * block : (stack.Layers * states) + block;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"weights {weights:F0} + {(name == Kept ? "all blocks" : "states between blocks and one block")} "
                + $"{blocks:F0} + logits and their gradient {2 * logits:F0} = {weights + blocks + (2 * logits):F0} MiB"
        );
    }

    public void Dispose()
    {
        _ids.Dispose();
        _model.Dispose();
    }

    /// <summary>What one block of a LLaMA keeps for its gradient, in MiB.</summary>
    /// <remarks>
    /// Of each token: the input of both norms and what they give (4 states), queries and what attention read with their
    /// rotated copies (3), keys and values for each query head (3), gate, activated gate, neurons, and their product
    /// (4), and for each head its scores and weights over all tokens (2).
    /// </remarks>
    private double Block(StackConfiguration stack)
    {
        var attention = stack.Attention;
        var queries = attention.Heads * attention.HeadSize;
        var perToken = (4 * stack.Width) + (6 * queries) + (4 * stack.Mlp.Inner) + (2 * attention.Heads * _length);
        return Bytes(_length * perToken);
    }

    private static double Bytes(long numbers) => numbers * 4.0 / (1 << 20);

    private void Forward()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        _ = _model.call(_ids, null, null, null);
    }
}
