using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Core.Forward;

/// <summary>
/// A tensor together with parts that make it up: components along a leading dimension, and a residual that no
/// component answers for.
/// </summary>
/// <remarks>
/// <para>
/// An <em>additive</em> composition splits the tensor once: its components and its residual sum to the tensor. It is
/// what PyDec calls a composition.
/// </para>
/// <para>
/// A <em>contextual</em> composition looks at the tensor n times: component k is what region k contributes, the rest of
/// component k is everything else, and each pair sums to the tensor. It is what contextual decomposition (Murdoch, Liu
/// and Yu 2018) calls relevant and irrelevant, for n regions at once; regions may overlap.
/// </para>
/// <para>
/// Components have shape (n, *), the tensor has shape (*). Components, residual and value share device and dtype and
/// are the caller's to keep alive; <see cref="Dispose"/> releases all three.
/// </para>
/// </remarks>
public sealed partial class Composition : IDisposable
{
    private readonly ComponentSource source;
    private Tensor? components;

    private Composition(Tensor value, ComponentSource source, Tensor? residual, bool contextual)
    {
        Value = value;
        this.source = source;
        this.residual = residual;
        IsContextual = contextual;
    }

    private Tensor? residual;

    /// <summary>The tensor that is split, of shape (*).</summary>
    public Tensor Value { get; }

    /// <summary>Whether each component stands against its own rest, instead of all of them summing to the tensor.</summary>
    public bool IsContextual { get; }

    /// <summary>
    /// Whether this splits token numbers rather than quantities: the components are then masks that say which
    /// positions belong to which component, and become quantities at the embedding.
    /// </summary>
    public bool IsTokens => !Value.is_floating_point();

    /// <summary>How many components there are, the residual not counted.</summary>
    public long Count => source.Count;

    /// <summary>The shape (*) of the tensor and of each component.</summary>
    public long[] Shape => Value.shape;

    /// <summary>The device of the tensor and its parts.</summary>
    public Device Device => Value.device;

    /// <summary>The element type of the tensor and its parts.</summary>
    public ScalarType Dtype => Value.dtype;

    /// <summary>The components, of shape (n, *); masks for a composition of tokens.</summary>
    public Tensor Components => components ??= source.Take(0, source.Count).DetachFromDisposeScope();

    /// <summary>
    /// What no component answers for: of shape (*) in an additive composition; of shape (n, *), the rest of each
    /// component, in a contextual one. Tokens have none.
    /// </summary>
    /// <exception cref="InvalidOperationException">The composition is one of tokens.</exception>
    public Tensor Residual
    {
        get
        {
            if (IsTokens)
            {
                throw new InvalidOperationException("A composition of tokens has no residual before the embedding.");
            }

            return residual ??= (IsContextual ? Value - Components : Value - Components.sum(0L)).DetachFromDisposeScope();
        }
    }

    /// <summary>Component number <paramref name="component"/>, of shape (*).</summary>
    /// <param name="component">0 … n-1, or counted from the end when negative.</param>
    public Tensor this[long component] => Components.select(0, component);

    /// <summary>Several components, as a composition whose other components have joined the residual.</summary>
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

    /// <summary>The composition of a piece of the tensor.</summary>
    /// <param name="indices">Indices along the tensor's dimensions, as for <c>Tensor.index</c>.</param>
    /// <returns>The same components, of the piece only.</returns>
    public Composition At(params TensorIndex[] indices)
    {
        ArgumentNullException.ThrowIfNull(indices);
        TensorIndex[] leading = [TensorIndex.Colon, .. indices];
        var piece = Components.index(leading);
        var rest = residual is null ? null : IsContextual ? residual.index(leading) : residual.index(indices);
        return new Composition(Value.index(indices), new ComponentSource.Given(piece), rest, IsContextual);
    }

    /// <summary>
    /// The parts put together again: components and residual summed, of shape (*), or (n, *) when contextual, each row
    /// then being one component with its rest.
    /// </summary>
    public Tensor Sum() => IsTokens ? Value : IsContextual ? Components + Residual : Components.sum(0L) + Residual;

    /// <summary>The largest difference between the parts' sum and the tensor, over the tensor's largest entry.</summary>
    public double Drift()
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

    /// <summary>Fails unless the parts sum to the tensor.</summary>
    /// <param name="tolerance">The largest <see cref="Drift"/> allowed.</param>
    /// <returns>This composition.</returns>
    /// <exception cref="InvalidOperationException">The parts do not sum to the tensor, or are not numbers.</exception>
    public Composition Validate(double tolerance = 1e-6)
    {
        var drift = Drift();
        return drift <= tolerance
            ? this
            : throw new InvalidOperationException(
                $"The parts of a {Printing.Shape(Shape)} composition miss its sum by {drift:g3} of its largest entry, " +
                $"more than {tolerance:g3} allows. Give the missing part to the residual.");
    }

    /// <summary>The parts of components <paramref name="start"/> … of this composition, for one step of the engine.</summary>
    internal Parts Take(long start, long count)
    {
        var taken = components is null ? source.Take(start, count) : components.narrow(0, start, count);
        return new Parts(taken, IsContextual ? null : residual, IsContextual) { FirstIndex = source.IsOneEntryEach ? start : null };
    }

    /// <summary>The residual, where one is kept.</summary>
    internal Tensor? KeptResidual => residual;

    /// <summary>A composition of what the engine computed.</summary>
    internal static Composition Computed(Tensor value, Tensor components, Tensor? residual, bool contextual) =>
        new(value, new ComponentSource.Given(components), residual, contextual) { components = components };

    /// <summary>Releases components and residual. The tensor itself stays, it is the caller's.</summary>
    public void Dispose()
    {
        components?.Dispose();
        residual?.Dispose();
        source.Dispose();
    }

    /// <summary>Shape, number of components and, for small tensors, the parts.</summary>
    public override string ToString() => Printing.Describe(this);
}
