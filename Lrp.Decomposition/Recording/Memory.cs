using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Decomposition.Recording;

/// <summary>
/// A piece of memory that a record knows: the parts that were written into it, one after the other, and the values that
/// an operator that writes into it would change.
/// </summary>
/// <remarks>
/// A model writes through one tensor and reads through others: <c>cache[.., 3..5] = x</c> writes through a slice. The
/// parts of a tensor are therefore those of its places in memory.
/// </remarks>
internal sealed class Memory(Tensor first)
{
    private readonly List<TrackedValue> _values = [];
    private readonly List<(HeldValue Value, Layout Layout)> _writes = [];
    private readonly ScalarType _type = first.dtype;
    private long? _version = OperatorInterception.VersionOf(first);
    private string? _lostIn;

    /// <summary>How many entries it has.</summary>
    public long Entries { get; } = Storages.Entries(first);

    /// <summary>Whether it was written into since a tensor in it was first tracked.</summary>
    public bool IsWritten { get; private set; }

    /// <summary>What was written, in order; the first has all entries, unless nothing was written yet.</summary>
    public IReadOnlyList<(HeldValue Value, Layout Layout)> Writes => _writes;

    /// <summary>Whether what was written has all entries.</summary>
    public bool IsComplete => _writes.Count > 0 && _writes[0].Layout.Covers(Entries);

    /// <summary>Tells that a value has its content here.</summary>
    public void Hold(TrackedValue value) => _values.Add(value);

    /// <summary>The values with content here, which are about to be overwritten; they are no longer held.</summary>
    public IReadOnlyList<TrackedValue> Release()
    {
        TrackedValue[] values = [.. _values];
        _values.Clear();
        return values;
    }

    /// <summary>Notes that the entries of a layout have a value's parts from now on.</summary>
    public void Write(HeldValue value, Layout layout)
    {
        if (layout.Covers(Entries))
        {
            _writes.Clear();
            _lostIn = null;
        }
        else if (_writes.Count > 1 && _writes[^1].Layout.Is(layout))
        {
            _writes.RemoveAt(_writes.Count - 1);
        }

        value.IsNeeded = true; // where it has no parts, its value counts
        _writes.Add((value, layout));
    }

    /// <summary>Notes the content before the first write, which is constant where nothing was written.</summary>
    public void Fill(ConstantValue whole, Layout layout) => _writes.Insert(0, (whole, layout));

    /// <summary>Joins what was written so far.</summary>
    public void Replace(TrackedValue whole, Layout layout)
    {
        _writes.Clear();
        _writes.Add((whole, layout));
    }

    /// <summary>Notes that an operator has changed the content, as the tensors written show.</summary>
    /// <param name="tensor">A tensor in this memory.</param>
    public void Change(Tensor tensor)
    {
        IsWritten = true;
        _version = OperatorInterception.VersionOf(tensor);
    }

    /// <summary>Whether something that is not recorded changed the content.</summary>
    public bool IsLost => _lostIn is not null;

    /// <summary>Notes that the content is changed by something that is not recorded.</summary>
    /// <param name="where">What changes it.</param>
    public void Lose(string where)
    {
        IsWritten = true;
        _lostIn = where;
    }

    /// <summary>Throws if the parts of a tensor in this memory are not known.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="what">The start of the message: what needs the tensor and how.</param>
    public void ThrowIfUnknown(Tensor tensor, string what)
    {
        if (_lostIn is not null)
        {
            throw new DecompositionException(
                $"{what} a tensor of shape {Printing.Shape(tensor.shape)} whose memory {_lostIn} changed in place, so "
                    + "that its parts are not known. Clone the tensor before that."
            );
        }

        if (OperatorInterception.VersionOf(tensor) != _version)
        {
            throw Changed(what, tensor);
        }

        if (tensor.dtype != _type)
        {
            throw new DecompositionException(
                $"{what} memory as {tensor.dtype} that was written as {_type}; parts have no other type."
            );
        }
    }

    /// <summary>Throws if a tensor cannot be written through, because places in memory appear twice in it.</summary>
    public static void ThrowIfOverlapping(Layout layout, Tensor tensor, string what)
    {
        if (!layout.IsDistinct)
        {
            throw new DecompositionException(
                $"{what} in place through a tensor of shape {Printing.Shape(tensor.shape)} in which places of the "
                    + "memory appear twice; clone it before."
            );
        }
    }

    public static DecompositionException Changed(string what, Tensor tensor) =>
        new(
            $"{what} a tensor of shape {Printing.Shape(tensor.shape)} that was changed in place where the "
                + "decomposition does not see it: after the model's call, or by something that is no operator of "
                + "libtorch. Clone the tensor before that."
        );
}
