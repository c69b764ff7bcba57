using static TorchSharp.torch;

namespace Lrp.Decomposition;

/// <summary>
/// A tensor together with the parts that it is made of: components along a leading dimension, and a residual that
/// belongs to no component.
/// </summary>
/// <remarks>
/// <para>
/// An <em>additive</em> composition splits the tensor once: its components and its residual sum to the tensor. PyDec
/// calls this a composition.
/// </para>
/// <para>
/// A <em>contextual</em> composition splits the tensor n times, once per region: component k is the contribution of
/// region k, the rest of component k is everything else, and the two sum to the tensor. Contextual decomposition
/// (Murdoch, Liu and Yu 2018) calls the two relevant and irrelevant. Regions may overlap.
/// </para>
/// <para>
/// Components have shape (n, *), the tensor has shape (*). Components, residual and value have the same device and
/// dtype. The caller keeps them alive; <see cref="Dispose"/> releases the components and the residual.
/// </para>
/// </remarks>
public sealed partial class Composition : IDisposable
{
    private readonly ComponentSource _source;
    private bool _ownsValue;
    private Tensor? _components;

    private Composition(Tensor value, ComponentSource source, Tensor? residual, bool contextual)
    {
        Value = value;
        _source = source;
        _residual = residual;
        IsContextual = contextual;
    }

    private Tensor? _residual;

    /// <summary>The tensor that is split, of shape (*).</summary>
    public Tensor Value { get; }

    /// <summary>
    /// Whether each component has its own rest, instead of all components and one residual summing to the tensor.
    /// </summary>
    public bool IsContextual { get; }

    /// <summary>
    /// Whether the tensor holds token ids rather than quantities. The components are then masks that say which
    /// positions belong to which component; the embedding turns them into quantities.
    /// </summary>
    public bool IsTokens => !Value.is_floating_point();

    /// <summary>The number of components, without the residual.</summary>
    public long Count => _source.Count;

    /// <summary>The shape (*) of the tensor and of each component.</summary>
    public long[] Shape => Value.shape;

    /// <summary>The device of the tensor and its parts.</summary>
    public Device Device => Value.device;

    /// <summary>The element type of the tensor and its parts.</summary>
    public ScalarType Dtype => Value.dtype;

    /// <summary>The components, of shape (n, *); for token ids, masks.</summary>
    public Tensor Components => _components ??= _source.Take(0, _source.Count).DetachFromDisposeScope();

    /// <summary>
    /// The part that belongs to no component. In an additive composition it has shape (*); in a contextual one it has
    /// shape (n, *) and holds the rest of each component. A composition of token ids has none.
    /// </summary>
    /// <exception cref="InvalidOperationException">The composition is one of token ids.</exception>
    public Tensor Residual
    {
        get
        {
            if (IsTokens)
            {
                throw new InvalidOperationException("A composition of token ids has no residual before the embedding.");
            }

            return _residual ??= (
                IsContextual ? Value - Components : Value - Components.sum(0L)
            ).DetachFromDisposeScope();
        }
    }

    /// <summary>Component number <paramref name="component"/>, of shape (*).</summary>
    /// <param name="component">0 … n-1, or counted from the end when negative.</param>
    public Tensor this[long component] => Components.select(0, component);

    /// <summary>A composition of some of the components; the other components are added to the residual.</summary>
    /// <param name="range">Which components.</param>
    public Composition this[Range range]
    {
        get
        {
            var (start, count) = range.GetOffsetAndLength(checked((int)Count));
            var taken = Components.narrow(0, start, count);
            return IsContextual
                ? new Composition(Value, new ComponentSource.Given(taken), null, true)
                : new Composition(Value, new ComponentSource.Given(taken), Value - taken.sum(0L), false);
        }
    }

    /// <summary>The composition of a part of the tensor, selected by indices.</summary>
    /// <param name="indices">Indices along the tensor's dimensions, as for <c>Tensor.index</c>.</param>
    /// <returns>The same components, for the selected part only.</returns>
    public Composition At(params TensorIndex[] indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        TensorIndex[] leading = [TensorIndex.Colon, .. indices];
        var piece = Components.index(leading);
        var rest =
            _residual is null ? null
            : IsContextual ? _residual.index(leading)
            : _residual.index(indices);
        return new Composition(Value.index(indices), new ComponentSource.Given(piece), rest, IsContextual);
    }

    /// <summary>
    /// The sum of the parts: components plus residual, of shape (*). For a contextual composition, of shape (n, *): row
    /// k is component k plus its rest.
    /// </summary>
    public Tensor Sum() =>
        IsTokens ? Value
        : IsContextual ? Components + Residual
        : Components.sum(0L) + Residual;

    /// <summary>
    /// The largest difference between the sum of the parts and the tensor, divided by the tensor's largest entry.
    /// </summary>
    public double ReconstructionError()
    {
        if (IsTokens || Value.numel() == 0)
        {
            return 0;
        }

        using var scope = NewDisposeScope();
        var scale = Value.abs().max().to_type(ScalarType.Float64).item<double>();
        var difference = (Sum() - Value).abs().max().to_type(ScalarType.Float64).item<double>();
        return difference == 0 ? 0 : difference / (scale == 0 ? 1 : scale);
    }

    /// <summary>Throws unless the parts sum to the tensor.</summary>
    /// <param name="tolerance">The largest <see cref="ReconstructionError"/> allowed.</param>
    /// <returns>This composition.</returns>
    /// <exception cref="InvalidOperationException">
    /// The parts do not sum to the tensor, or one of them is NaN.
    /// </exception>
    public Composition Validate(double tolerance = 1e-6)
    {
        var error = ReconstructionError();
        return error <= tolerance
            ? this
            : throw new InvalidOperationException(
                $"The parts do not sum to the tensor of shape {Printing.Shape(Shape)}: the error is {error:g3} of its "
                    + $"largest entry, and {tolerance:g3} is allowed. Add the missing part to the residual."
            );
    }

    /// <summary>
    /// Components <paramref name="start"/> … <paramref name="start"/> + <paramref name="count"/> - 1 with the residual,
    /// for one step of the engine.
    /// </summary>
    internal CompositionChunk Take(long start, long count)
    {
        var taken = _components is null ? _source.Take(start, count) : _components.narrow(0, start, count);
        return new CompositionChunk(taken, IsContextual ? null : _residual, IsContextual)
        {
            FirstIndex = _source.IsOneEntryEach ? start : null,
        };
    }

    /// <summary>The residual if it is stored, otherwise null.</summary>
    internal Tensor? KeptResidual => _residual;

    /// <summary>Creates a composition from computed parts.</summary>
    internal static Composition Computed(Tensor value, Tensor components, Tensor? residual, bool contextual) =>
        new(value, new ComponentSource.Given(components), residual, contextual)
        {
            _components = components,
            _ownsValue = true,
        };

    /// <summary>
    /// Releases the components and the residual. The tensor itself is released where a computation made it, and belongs
    /// to the caller where the caller gave it.
    /// </summary>
    public void Dispose()
    {
        _components?.Dispose();
        _residual?.Dispose();
        _source.Dispose();
        if (_ownsValue)
        {
            Value.Dispose();
        }
    }

    /// <summary>The shape, the number of components and, for small tensors, the parts.</summary>
    public override string ToString() => Printing.Describe(this);
}
