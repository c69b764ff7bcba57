using Lrp.Models.Layers;
using Lrp.Models.Transformers.Configurations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>Embeddings, blocks and a last norm: an encoder or a decoder, as its configuration says.</summary>
internal sealed class Stack : nn.Module<Tensor, StackInputs, Tensor>
{
    private readonly Embeddings _embeddings;
    private readonly ModuleList<Block> _blocks;
    private readonly RelativePositions? _relative;
    private readonly RotaryTables? _rotary;
    private readonly RotaryTables? _localRotary;
    private readonly Linear? _output;

    /// <summary>Creates the stack with parameters that are not filled.</summary>
    /// <param name="configuration">How it is built.</param>
    /// <param name="dtype">The element type of the parameters.</param>
    /// <param name="words">A table of words to share; null for one of its own.</param>
    public Stack(StackConfiguration configuration, ScalarType dtype, Embedding? words = null)
        : base(nameof(Stack))
    {
        Configuration = configuration;
        register_module("embeddings", _embeddings = new Embeddings(configuration, dtype, words));
        if (configuration.RelativePositions is { } relative)
        {
            _relative = new RelativePositions(relative, configuration.Attention.Heads, dtype);
            register_module("relative_positions", _relative);
        }

        if (configuration.Rotary is { } rotary)
        {
            _rotary = new RotaryTables(rotary.Size, rotary.Theta, rotary.Scaling);
            _localRotary = rotary.LocalTheta is { } theta ? new RotaryTables(rotary.Size, theta, new()) : null;
        }

        var count = configuration.SharedBlocks?.Max(pass => pass.Max()) + 1 ?? configuration.Layers;
        _blocks = nn.ModuleList(
            Enumerable.Range(0, count).Select(layer => new Block(configuration, layer, dtype)).ToArray()
        );
        register_module("blocks", _blocks);
        if (configuration.HasFinalNorm)
        {
            register_module("final_norm", FinalNorm = Norms.Create(configuration.Norm, configuration.Width, dtype));
        }

        if (configuration.OutputWidth is { } width)
        {
            register_module("output", _output = Projections.Linear(configuration.Width, width, false, dtype));
        }
    }

    /// <summary>How the stack is built.</summary>
    public StackConfiguration Configuration { get; }

    /// <summary>The table of words.</summary>
    public Embedding Words => _embeddings.Words;

    /// <summary>The norm behind the last block; null where there is none.</summary>
    public nn.Module<Tensor, Tensor>? FinalNorm { get; }

    /// <summary>The last module that mixes features.</summary>
    public nn.Module LastModule => (nn.Module?)_output ?? FinalNorm ?? Passes.Last()[^1].LastModule;

    /// <summary>The blocks of each pass, in the order of the passes.</summary>
    public IEnumerable<IReadOnlyList<Block>> Passes =>
        Configuration.SharedBlocks is { } shared
            ? shared.Select(pass => (IReadOnlyList<Block>)[.. pass.Select(number => _blocks[number])])
            : _blocks.Select(block => (IReadOnlyList<Block>)[block]);

    /// <summary>The states behind the last block.</summary>
    /// <param name="ids">B × T.</param>
    /// <param name="inputs">The mask, positions and types, and an encoder's states.</param>
    /// <returns>B × T × D.</returns>
    public override Tensor forward(Tensor ids, StackInputs inputs)
    {
        using var scope = NewDisposeScope();
        var positions = inputs.Positions ?? PositionIds.Of(Configuration, ids, inputs.Mask);
        var rows =
            Configuration.Positions is not { } table ? positions
            : inputs.Positions is { } given ? PositionIds.RowsOf(table, given)
            : positions.add(table.Offset);
        var states = _embeddings.call(ids, rows, inputs.Types);
        var everywhere = Inputs(ids, states, positions, inputs, isLocal: false);
        var nearby = Configuration.Window is null ? everywhere : Inputs(ids, states, positions, inputs, isLocal: true);
        var number = 0;
        foreach (var pass in Passes)
        {
            var shared = Configuration.Window?.Layers.Contains(number++) == true ? nearby : everywhere;
            foreach (var block in pass)
            {
                states = block.call(states, shared);
            }
        }

        if (FinalNorm is not null)
        {
            states = FinalNorm.call(states);
        }

        return (_output?.call(states) ?? states).MoveToOuterDisposeScope();
    }

    /// <summary>What all blocks that see everything share, or all that see a window.</summary>
    private AttentionInputs Inputs(Tensor ids, Tensor states, Tensor positions, StackInputs inputs, bool isLocal)
    {
        var length = ids.shape[1];
        var window = isLocal ? Configuration.Window!.Size : (long?)null;
        var mask = Masks.OfSelf(inputs.Mask, length, Configuration.IsCausal, window, states);
        if (_relative is not null)
        {
            using var places = arange(length, dtype: ScalarType.Int64, device: ids.device);
            var bias = _relative.call(places);
            mask = mask is null ? bias : mask.add(bias);
        }

        var rotary = isLocal ? _localRotary ?? _rotary : _rotary;
        var (cosine, sine) = rotary is null ? default((Tensor?, Tensor?)) : rotary.At(positions, states.dtype);
        return new AttentionInputs
        {
            Mask = mask,
            Cosine = cosine,
            Sine = sine,
            Memory = inputs.Memory,
            MemoryMask = inputs.Memory is null ? null : Masks.OfEncoder(inputs.MemoryMask, states),
        };
    }
}

/// <summary>What a stack is given beside the ids.</summary>
internal sealed class StackInputs
{
    /// <summary>B × T, 1 for tokens and 0 for padding; null where there is no padding.</summary>
    public Tensor? Mask { get; init; }

    /// <summary>B or 1 × T; null where they are to be counted.</summary>
    public Tensor? Positions { get; init; }

    /// <summary>B × T; null for type 0.</summary>
    public Tensor? Types { get; init; }

    /// <summary>The encoder's states, B × S × D; null where there is no encoder.</summary>
    public Tensor? Memory { get; init; }

    /// <summary>B × S, 1 for the encoder's tokens and 0 for padding.</summary>
    public Tensor? MemoryMask { get; init; }
}
