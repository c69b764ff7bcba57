using Lrp.Checkpoints;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>The part of a checkpoint's tensor that is one parameter, read straight into its memory.</summary>
internal sealed class ParameterSource
{
    private readonly Checkpoint _files;
    private readonly CheckpointEntry _entry;
    private readonly FoundName _found;
    private readonly Tensor _parameter;
    private readonly StackConfiguration _stack;
    private readonly long _first;
    private readonly bool _isTransposed;

    /// <summary>Compares the shapes.</summary>
    /// <param name="files">The files.</param>
    /// <param name="entry">The tensor.</param>
    /// <param name="found">Which part of it is meant.</param>
    /// <param name="parameter">The parameter.</param>
    /// <param name="stack">The stack, for tensors that are ordered by heads.</param>
    /// <param name="first">The number of rows of the tensor that other parameters have before this one.</param>
    /// <param name="rows">The number of rows that all parameters of the tensor have together.</param>
    public ParameterSource(
        Checkpoint files,
        CheckpointEntry entry,
        FoundName found,
        Tensor parameter,
        StackConfiguration stack,
        long first,
        long rows
    )
    {
        _files = files;
        _entry = entry;
        _found = found;
        _parameter = parameter;
        _stack = stack;
        _first = first;
        long[] whole = [rows, .. parameter.shape.Skip(1)];
        _isTransposed = found.Name.IsTransposed && parameter.dim() == 2;
        var expected = _isTransposed ? [.. whole.Reverse()] : whole;
        if (!entry.Shape.SkipWhile(size => size == 1).SequenceEqual(expected.SkipWhile(size => size == 1)))
        {
            Fault = $"{entry} instead of [{string.Join(", ", expected)}]";
        }
        else if (entry.Type is { } type && !Transformer.IsFloating(type))
        {
            Fault = $"{entry}, whose whole numbers stand for others in a way that is not known";
        }
    }

    /// <summary>What is wrong with the shape or the type; null where it fits.</summary>
    public string? Fault { get; }

    /// <summary>Fills the parameter.</summary>
    public void Read() => Read(_parameter);

    /// <summary>Fills a tensor of the parameter's shape.</summary>
    public void Read(Tensor parameter)
    {
        if (_isTransposed)
        {
            // Columns of the file are rows of the parameter.
            _files.ReadTensor(_entry.Name, parameter, stored => stored.narrow(1, _first, parameter.shape[0]).t());
        }
        else if (_found.Name.Part == TensorPart.ByHead)
        {
            // The file has the parts of a head one after the other.
            var count = _stack.Attention.Heads;
            var size = parameter.shape[0] / count;
            long[] byHead = [count, _found.Sharing.Count, size, .. parameter.shape.Skip(1)];
            using var heads = parameter.view([count, size, .. parameter.shape.Skip(1)]);
            _files.ReadTensor(_entry.Name, heads, stored => stored.view(byHead).select(1, _found.Index));
        }
        else if (_found.Name.Part == TensorPart.Neighbours)
        {
            ReadNeighbours(parameter);
        }
        else if (_entry.Shape.SequenceEqual(parameter.shape))
        {
            _files.ReadTensor(_entry.Name, parameter);
        }
        else if (_entry.Shape.Count == parameter.dim())
        {
            _files.ReadTensor(_entry.Name, parameter, stored => stored.narrow(0, _first, parameter.shape[0]));
        }
        else
        {
            _files.ReadTensor(_entry.Name, parameter, stored => stored.reshape(parameter.shape));
        }
    }

    private void ReadNeighbours(Tensor parameter)
    {
        using var scope = NewDisposeScope();
        var size = _stack.Attention.HeadSize;
        var turned = _stack.Rotary!.Size;
        long[] inputs = [.. parameter.shape.Skip(1)];
        long[] heads = [parameter.shape[0] / size, size, .. inputs];
        var ours = parameter.view(heads);
        _files.ReadTensor(
            _entry.Name,
            ours.narrow(1, 0, turned).view([heads[0], 2, turned / 2, .. inputs]),
            stored => stored.view(heads).narrow(1, 0, turned).view([heads[0], turned / 2, 2, .. inputs]).transpose(1, 2)
        );
        if (turned < size)
        {
            _files.ReadTensor(
                _entry.Name,
                ours.narrow(1, turned, size - turned),
                stored => stored.view(heads).narrow(1, turned, size - turned)
            );
        }
    }
}
