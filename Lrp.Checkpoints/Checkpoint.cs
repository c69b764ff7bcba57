using static TorchSharp.torch;

namespace Lrp.Checkpoints;

/// <summary>
/// A file, or a folder of files, with the tensors of a model, open for reading: safetensors, safetensors in several
/// files, PyTorch's <c>.pth</c>, <c>.pt</c> and <c>.bin</c>, or llama.cpp's <c>.gguf</c>.
/// </summary>
/// <remarks>
/// <para>
/// Names, element types and shapes are read and checked when it is opened; values are read on request, from a memory
/// map, with one copy.</para>
/// <para>
/// A PyTorch file holds a pickle, a program that Python would run. Here it is read as data: what it holds beside dicts,
/// lists, numbers, texts and tensors is refused by name, and nothing in it is run.</para>
/// <para>A checkpoint must be used by one thread at a time.</para>
/// </remarks>
/// <example>
/// <code>
/// using var checkpoint = Checkpoint.Open("resnet18.pth");
/// using Tensor weight = checkpoint.ReadTensor("conv1.weight");
/// </code>
/// </example>
public abstract class Checkpoint : IDisposable
{
    private Dictionary<string, CheckpointEntry>? _byName;
    private bool _disposed;

    private protected Checkpoint() { }

    /// <summary>The tensors, in the order of the file.</summary>
    public abstract IReadOnlyList<CheckpointEntry> Entries { get; }

    /// <summary>The names of the tensors, in the order of the file.</summary>
    public IEnumerable<string> Names => Entries.Select(entry => entry.Name);

    /// <summary>What this is, for messages.</summary>
    internal abstract string Description { get; }

    private Dictionary<string, CheckpointEntry> ByName =>
        _byName ??= Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);

    /// <summary>Opens a file, or a folder with the files of one model.</summary>
    /// <param name="path">
    /// A safetensors file; a <c>.pth</c>, <c>.pt</c> or <c>.bin</c> file of PyTorch, in the zip format or in the one
    /// before PyTorch 1.6; the <c>.index.json</c> of a model in several files; or a folder. The format is recognised by
    /// the content. In a folder, <c>model.safetensors</c>, its index, <c>pytorch_model.bin</c> and its index are looked
    /// for, in this order, and then for the only file of such a kind.
    /// </param>
    /// <returns>The open checkpoint; dispose it after its tensors are read.</returns>
    /// <exception cref="CheckpointException">
    /// The file is damaged or no container of tensors, or the folder lacks a file.
    /// </exception>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return CheckpointFormats.Open(path);
    }

    /// <summary>Whether there is a tensor with this name.</summary>
    /// <param name="name">The tensor's name.</param>
    public bool Contains(string name) => ByName.ContainsKey(name);

    /// <summary>Gets what the file says of one tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="KeyNotFoundException">There is no such tensor; the message lists names that exist.</exception>
    public CheckpointEntry Entry(string name) =>
        ByName.TryGetValue(name, out var entry)
            ? entry
            : throw new KeyNotFoundException(
                $"The {Description} has no tensor '{name}'; it has {KeyComparison.Shorten(ByName.Keys)}."
            );

    /// <summary>Reads one tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <returns>
    /// A new, contiguous tensor on the CPU, with the file's element type and shape, that requires no gradient; the
    /// caller disposes it.
    /// </returns>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="CheckpointException">
    /// TorchSharp has no such element type, or the data is damaged.
    /// </exception>
    public Tensor ReadTensor(string name)
    {
        var entry = Checked(name);
        var tensor = empty([.. entry.Shape], dtype: entry.Type, device: CPU);
        try
        {
            Copy(entry, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads one tensor into another, for example into a module's parameter.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">
    /// A tensor of the same shape, on any device; its element type stays, the values are converted to it.
    /// </param>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="CheckpointException">
    /// The shapes differ, TorchSharp has no such element type, or the data is damaged.
    /// </exception>
    public void ReadTensor(string name, Tensor destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var entry = Checked(name);
        if (!entry.Shape.SequenceEqual(destination.shape))
        {
            throw Fault(
                $"Tensor '{name}' of the {Description} is [{string.Join(", ", entry.Shape)}], but it is to be read "
                    + $"into one of [{string.Join(", ", destination.shape)}]."
            );
        }

        if (KeyComparison.LosesImaginaryPart(entry, destination))
        {
            throw Fault($"Tensor '{name}' of the {Description} is complex, but it is to be read into a real one.");
        }

        Copy(entry, destination);
    }

    /// <summary>Reads a part of one tensor into another, without reading the rest of it.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">
    /// A tensor of the part's shape, on any device; its element type stays, the values are converted to it.
    /// </param>
    /// <param name="part">
    /// Gives a view of the stored tensor, for example <c>stored => stored.narrow(0, 8, 4)</c>. What it is given is only
    /// valid during the call, and may not be changed.
    /// </param>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="CheckpointException">
    /// TorchSharp has no such element type, or the data is damaged.
    /// </exception>
    public void ReadTensor(string name, Tensor destination, Func<Tensor, Tensor> part)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(part);
        Copy(Checked(name), destination, part);
    }

    /// <summary>Reads every tensor.</summary>
    /// <returns>A state dict with new tensors on the CPU, by name. The caller disposes the tensors.</returns>
    public Dictionary<string, Tensor> ReadAll()
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (var entry in Entries)
            {
                tensors.Add(entry.Name, ReadTensor(entry.Name));
            }

            return tensors;
        }
        catch
        {
            foreach (var tensor in tensors.Values)
            {
                tensor.Dispose();
            }

            throw;
        }
    }

    /// <summary>Finds what stands before the keys of a state dict in this checkpoint's names.</summary>
    /// <param name="keys">The keys, for example those of a module's <c>state_dict()</c>.</param>
    /// <returns>
    /// The text before the keys: <c>module.</c> if it was saved by DataParallel, <c>model/</c> if the state dict is an
    /// item of a dict, or both; empty if the names are the keys, or if none of them is.
    /// </returns>
    /// <exception cref="CheckpointException">
    /// Equally many of the keys stand behind several texts, for example in a model and in its moving average.
    /// </exception>
    public string FindPrefix(IEnumerable<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return StatePrefix.Find(this, keys);
    }

    /// <summary>Closes the file. Tensors that were read from it stay valid.</summary>
    public void Dispose()
    {
        _disposed = true;
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>The exception of this format with a message.</summary>
    internal virtual CheckpointException Fault(string message, Exception? cause = null) =>
        cause is null ? new CheckpointException(message) : new CheckpointException(message, cause);

    /// <summary>Checks all that can be checked before a tensor is read, so that no model is loaded by half.</summary>
    internal CheckpointEntry Checked(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var entry = Entry(name);
        if (entry.Type is null)
        {
            throw Fault(
                $"Tensor '{name}' has the element type {entry.Dtype}, which TorchSharp does not support; convert it "
                    + "before the file is written, for example to float32 or int64."
            );
        }

        try
        {
            Check(entry);
        }
        catch (InvalidDataException error)
        {
            throw Fault($"Tensor '{name}' of the {Description} cannot be read: {error.Message}", error);
        }

        return entry;
    }

    /// <summary>Copies the values of a tensor that was checked, converted to the type of the destination.</summary>
    internal void Copy(CheckpointEntry entry, Tensor destination, Func<Tensor, Tensor>? part = null)
    {
        try
        {
            Write(entry, destination, part);
        }
        catch (InvalidDataException error)
        {
            throw Fault($"Tensor '{entry.Name}' of the {Description} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The tensor's values where they lie.</summary>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    internal abstract StoredTensor Locate(CheckpointEntry entry);

    /// <summary>Looks for damage of a tensor's values.</summary>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    private protected abstract void Check(CheckpointEntry entry);

    /// <summary>Writes the values of a tensor that was checked, or a part of them.</summary>
    private protected virtual void Write(CheckpointEntry entry, Tensor destination, Func<Tensor, Tensor>? part)
    {
        using var stored = Locate(entry);
        stored.CopyTo(destination, part);
    }

    private protected abstract void Close();

    /// <summary>Refuses truth values that are neither 0 nor 1, which libtorch would take as they are.</summary>
    private protected void CheckBooleans(CheckpointEntry entry)
    {
        if (entry.Type != ScalarType.Bool)
        {
            return;
        }

        using var stored = Locate(entry);
        stored.Bytes.ForEachPiece(piece =>
        {
            if (piece.ContainsAnyExceptInRange((byte)0, (byte)1))
            {
                throw new InvalidDataException($"it is {entry.Dtype}, but holds bytes other than 0 and 1.");
            }
        });
    }
}
