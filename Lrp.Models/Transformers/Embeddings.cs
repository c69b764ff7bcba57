using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>
/// The states before the first block: words, with positions and token types, a norm and a projection.
/// </summary>
internal sealed class Embeddings : nn.Module<Tensor, Tensor, Tensor?, Tensor>
{
    private readonly Embedding? _positions;
    private readonly Embedding? _types;
    private readonly Scaling? _scaling;
    private readonly Addition? _addition;
    private readonly nn.Module<Tensor, Tensor>? _norm;
    private readonly Linear? _projection;
    private readonly bool _projectsBehindNorm;

    /// <summary>Creates the tables with parameters that are not filled.</summary>
    /// <param name="configuration">The stack.</param>
    /// <param name="dtype">The element type of the parameters.</param>
    /// <param name="shared">A module whose table of words is this one's too; null for one of its own.</param>
    public Embeddings(StackConfiguration configuration, ScalarType dtype, Embedding? shared)
        : base(nameof(Embeddings))
    {
        var width = configuration.EmbeddingWidth ?? configuration.Width;
        _projectsBehindNorm = configuration.ProjectsBehindNorm;
        var added = width == configuration.Width || _projectsBehindNorm ? width : configuration.Width;
        Words = shared is null
            ? Projections.Embedding(configuration.Vocabulary, width, dtype)
            : Projections.Sharing(shared);
        register_module("words", Words);
        if (configuration.EmbeddingScale != 1)
        {
            register_module("scaling", _scaling = new Scaling(configuration.EmbeddingScale));
        }

        if (configuration.Positions is { } positions)
        {
            register_module("positions", _positions = Projections.Embedding(positions.Rows, added, dtype));
        }

        if (configuration.TokenTypes > 0)
        {
            register_module("types", _types = Projections.Embedding(configuration.TokenTypes, added, dtype));
        }

        if (_positions is not null || _types is not null)
        {
            register_module("addition", _addition = new Addition());
        }

        if (configuration.HasEmbeddingNorm)
        {
            register_module("norm", _norm = Norms.Create(configuration.Norm, added, dtype));
        }

        if (width != configuration.Width || _projectsBehindNorm)
        {
            _projection = Projections.Linear(width, configuration.Width, _projectsBehindNorm, dtype);
            register_module("projection", _projection);
        }
    }

    /// <summary>The table of words; its output is where the relevance of tokens is read.</summary>
    public Embedding Words { get; }

    /// <summary>The states before the first block.</summary>
    /// <param name="ids">B × T.</param>
    /// <param name="positions">B or 1 × T, rows of the table of positions.</param>
    /// <param name="types">B × T; null for type 0.</param>
    /// <returns>B × T × D.</returns>
    public override Tensor forward(Tensor ids, Tensor positions, Tensor? types)
    {
        using var scope = NewDisposeScope();
        var states = Words.call(ids);
        if (_scaling is not null)
        {
            states = _scaling.call(states);
        }

        if (_projection is not null && !_projectsBehindNorm)
        {
            states = _projection.call(states);
        }

        if (_addition is not null)
        {
            states = _addition.call(states, Constants(positions, types));
        }

        if (_norm is not null)
        {
            states = _norm.call(states);
        }

        if (_projectsBehindNorm)
        {
            states = _projection!.call(states);
        }

        return states.MoveToOuterDisposeScope();
    }

    private Tensor Constants(Tensor positions, Tensor? types)
    {
        var place = _positions?.call(positions);
        if (_types is null)
        {
            return place!;
        }

        var kind = _types.call(types ?? zeros_like(positions));
        return place is null ? kind : kind.add(place);
    }
}
