using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Core.Linear;

/// <summary>
/// A layer as the linear map that it is: run it, or its transpose, with a part of its weights and bias in their place.
/// </summary>
internal abstract class LinearMap : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<object, Tensor> _constants = [];

    /// <summary>Whether the layer has weights; average pooling has none.</summary>
    public abstract bool HasWeights { get; }

    /// <summary>Whether the layer has a bias.</summary>
    public abstract bool HasBias { get; }

    /// <summary>Whether rules for linear layers are defined for a module.</summary>
    public static bool IsDefinedFor(nn.Module module) =>
        module is TorchSharp.Modules.Linear or Convolution || AveragePooling.Is(module);

    /// <summary>The map of the layer at a site, kept with the registration.</summary>
    public static LinearMap At(RuleSite site)
    {
        var map = site.Keep<LinearMap>(
            nameof(LinearMap),
            () =>
                site.Module switch
                {
                    TorchSharp.Modules.Linear linear => new LinearLayerMap(linear),
                    Convolution convolution and IUnevenConvolution => new UnevenConvolutionMap(convolution),
                    Convolution { transposed: true } convolution => new TransposedConvolutionMap(convolution),
                    Convolution convolution => new ConvolutionMap(convolution),
                    nn.Module<Tensor, Tensor> => new AveragePooling(site),
                    _ => throw new ArgumentException($"{site.Title} is not a linear layer."),
                }
        );
        map.Refresh();
        return map;
    }

    /// <summary>
    /// Whether a gradient for the input is best taken through the graph of a forward pass, where there is one.
    /// </summary>
    public abstract bool HasFastGraph { get; }

    /// <summary>Whether the module's own forward pass should record a graph for <see cref="HasFastGraph"/>.</summary>
    public static bool GraphIsFast(nn.Module module) => module is Convolution { transposed: false };

    /// <summary>The layer's output for an input, with parts of the weights and the bias.</summary>
    public abstract Tensor Forward(Tensor input, WeightPart weight, WeightPart bias);

    /// <summary>The transposed map: Σ_j w_ij v_j with a part of the weights.</summary>
    /// <param name="vector">A tensor in the output's shape.</param>
    /// <param name="weight">The part of the weights.</param>
    /// <param name="inputShape">The shape of the result.</param>
    public abstract Tensor InputGradient(Tensor vector, WeightPart weight, long[] inputShape);

    /// <summary>A part of the bias, in a shape that broadcasts to the output; stays with the map.</summary>
    public abstract Tensor Bias(WeightPart part);

    /// <summary>
    /// The output for an input of ones, as a tensor that broadcasts over the batch; stays with the map.
    /// </summary>
    public Tensor ForwardOfOnes(TensorShape input, WeightPart weight, WeightPart bias) =>
        Constant(
            ("ones", Key(input), weight, bias),
            () => Forward(ones(OneSample(input.Shape), input.Dtype, input.Device), weight, bias)
        );

    /// <summary>A constant part of the input, in a shape that broadcasts over the batch; stays with the map.</summary>
    public Tensor Constant(InputPart part, TensorShape input)
    {
        var samples = HasBatch(input.Shape) ? input.Shape[0] : 1;
        return Constant((part, Key(input), samples), () => Broadcast(part.Constant!, input).clone());
    }

    /// <summary>The output for a constant part of the input; stays with the map.</summary>
    public Tensor ForwardOfConstant(Tensor constant, WeightPart weight, WeightPart bias) =>
        Constant((constant, weight, bias), () => Forward(constant, weight, bias));

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        lock (_gate)
        {
            ForgetConstants();
        }
    }

    /// <summary>Looks whether the parameters have changed since the last call.</summary>
    protected abstract void Refresh();

    /// <summary>How many dimensions an input has without a batch.</summary>
    protected abstract int SampleDimensions { get; }

    /// <summary>Drops what was computed from weights that have changed.</summary>
    protected void ForgetConstants()
    {
        foreach (var tensor in _constants.Values)
        {
            tensor.Dispose();
        }

        _constants.Clear();
    }

    /// <summary>The gradient for the input by way of a graph, for maps without a transpose of their own.</summary>
    protected static Tensor GradientThrough(Func<Tensor, Tensor> map, Tensor vector, long[] inputShape)
    {
        using var enabled = enable_grad();
        using var point = zeros(inputShape, vector.dtype, vector.device).requires_grad_();
        using var output = map(point);
        return VectorJacobian.Product(output, point, vector)!;
    }

    /// <summary>Kept tensor by key, computed without gradients on first use.</summary>
    protected Tensor Constant(object key, Func<Tensor> compute)
    {
        lock (_gate)
        {
            if (!_constants.TryGetValue(key, out var tensor))
            {
                using var grad = no_grad();
                using var scope = NewDisposeScope();
                _constants[key] = tensor = compute().DetachFromDisposeScope();
            }

            return tensor;
        }
    }

    private static (string Shape, ScalarType Dtype, string Device) KeyOf(long[] shape, TensorShape input) =>
        (string.Join(',', shape), input.Dtype, input.Device.ToString());

    private (string Shape, ScalarType Dtype, string Device) Key(TensorShape input) =>
        KeyOf(OneSample(input.Shape), input);

    private bool HasBatch(long[] shape) => shape.Length > SampleDimensions;

    private long[] OneSample(long[] shape) => HasBatch(shape) ? [1, .. shape[1..]] : shape;

    /// <summary>
    /// Values as a part of the input: trailing dimensions may be missing, and where there are more samples than the
    /// batch has, the first ones are used.
    /// </summary>
    private Tensor Broadcast(Tensor values, TensorShape input)
    {
        var shape = input.Shape;
        var result = values.to(input.Dtype).to(input.Device);
        var given = result.shape;
        if (given.Length == 0)
        {
            return result.expand(OneSample(shape));
        }

        if (given.Length < shape.Length && given.Zip(shape).All(pair => pair.First == 1 || pair.First == pair.Second))
        {
            result = result.reshape([.. given, .. Enumerable.Repeat(1L, shape.Length - given.Length)]);
            given = result.shape;
        }

        if (given.Length == shape.Length && HasBatch(shape) && given[0] > shape[0])
        {
            result = result.narrow(0, 0, shape[0]);
            given = result.shape;
        }

        var offset = shape.Length - given.Length;
        for (var i = 0; i < given.Length; i++)
        {
            if (offset < 0 || (given[i] != 1 && given[i] != shape[i + offset]))
            {
                throw new ArgumentException(
                    $"values of shape [{string.Join(", ", values.shape)}] do not broadcast to an input of shape "
                        + $"{input}; give a scalar, one value per channel ([1, C, 1, 1]) or a whole input"
                );
            }
        }

        var target = OneSample(shape);
        if (offset == 0 && HasBatch(shape) && given[0] > 1)
        {
            target = shape;
        }

        return result.expand(target);
    }
}
