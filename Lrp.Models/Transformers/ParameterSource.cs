using Lrp.Checkpoints;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Models.Transformers;

/// <summary>The part of a checkpoint's tensor that is one parameter, read straight into its memory.</summary>
internal sealed class ParameterSource
{
    private readonly SafetensorsFolder _files;
    private readonly SafetensorsEntry _entry;
    private readonly FoundName _found;
    private readonly Tensor _parameter;
    private readonly long _heads;
    private readonly long _first;

    /// <summary>Compares the shapes.</summary>
    /// <param name="files">The files.</param>
    /// <param name="entry">The tensor.</param>
    /// <param name="found">Which part of it is meant.</param>
    /// <param name="parameter">The parameter.</param>
    /// <param name="heads">The number of heads, for tensors that are ordered by them.</param>
    /// <param name="first">The number of rows of the tensor that other parameters have before this one.</param>
    /// <param name="rows">The number of rows that all parameters of the tensor have together.</param>
    public ParameterSource(
        SafetensorsFolder files,
        SafetensorsEntry entry,
        FoundName found,
        Tensor parameter,
        long heads,
        long first,
        long rows
    )
    {
        _files = files;
        _entry = entry;
        _found = found;
        _parameter = parameter;
        _heads = heads;
        _first = first;
        long[] whole = [rows, .. parameter.shape.Skip(1)];
        var expected = IsTransposed ? [.. whole.Reverse()] : whole;
        if (!entry.Shape.SkipWhile(size => size == 1).SequenceEqual(expected.SkipWhile(size => size == 1)))
        {
            Fault = $"{entry} instead of [{string.Join(", ", expected)}]";
        }
    }

    /// <summary>What is wrong with the shape; null where it fits.</summary>
    public string? Fault { get; }

    private bool IsTransposed => _found.Name.IsTransposed && _parameter.dim() == 2;

    /// <summary>Fills the parameter.</summary>
    public void Read()
    {
        var file = _files.FileOf(_entry.Name);
        if (IsTransposed)
        {
            ReadColumns(file);
        }
        else if (_found.Name.Part == TensorPart.ByHead)
        {
            ReadByHead(file);
        }
        else if (_entry.Shape.Count == _parameter.dim())
        {
            file.ReadInto(_entry.Name, _parameter, _first);
        }
        else
        {
            using var shaped = _parameter.view([.. _entry.Shape]);
            file.ReadInto(_entry.Name, shaped);
        }
    }

    private void ReadByHead(SafetensorsFile file)
    {
        var size = _parameter.shape[0] / _heads;
        for (var head = 0L; head < _heads; head++)
        {
            using var rows = _parameter.narrow(0, head * size, size);
            file.ReadInto(_entry.Name, rows, ((head * _found.Sharing.Count) + _found.Index) * size);
        }
    }

    /// <summary>Columns of the file are rows of the parameter.</summary>
    private void ReadColumns(SafetensorsFile file)
    {
        using var target = _parameter.t();
        var (rows, columns) = (target.shape[0], target.shape[1]);
        const long AtOnce = 1024;
        for (var done = 0L; done < rows; done += AtOnce)
        {
            var count = Math.Min(AtOnce, rows - done);
            using var piece = file.ReadRows(_entry.Name, done, count);
            using var part = piece.narrow(1, _first, columns);
            using var place = target.narrow(0, done, count);
            place.copy_(part);
        }
    }
}
