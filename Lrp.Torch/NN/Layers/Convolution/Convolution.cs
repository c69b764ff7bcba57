using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>What convolutions and transposed convolutions of any dimension share.</summary>
public abstract class Convolution : Module<Tensor, Tensor>
{
    [ComponentName(Name = nameof(weight))]
    protected Parameter? _weight;

    [ComponentName(Name = nameof(bias))]
    protected Parameter? _bias;

    /// <summary>The padding as <c>functional.pad</c> takes it: two entries a dimension, the last dimension first.</summary>
    protected long[] _reversed_padding_repeated_twice = [];

    protected Convolution(
        string name, long in_channels, long out_channels, long[] kernel_size, long[] stride, long[]? padding, Padding? padding_type,
        long[] dilation, bool transposed, long[] output_padding, long groups, bool bias, PaddingModes padding_mode,
        Device? device = null, ScalarType? dtype = null)
        : base(name)
    {
        if (transposed && padding_mode != PaddingModes.Zeros)
        {
            throw new ArgumentException($"{name}: a transposed convolution has padding mode Zeros only.", nameof(padding_mode));
        }

        if (groups <= 0 || in_channels % groups != 0 || out_channels % groups != 0)
        {
            throw new ArgumentException(
                $"{name}: {in_channels} input and {out_channels} output channels do not divide into {groups} groups.", nameof(groups));
        }

        this.in_channels = in_channels;
        this.out_channels = out_channels;
        this.kernel_size = kernel_size;
        this.stride = stride;
        this.dilation = dilation;
        this.transposed = transposed;
        this.output_padding = output_padding;
        this.groups = groups;
        this.padding_mode = padding_mode;
        if (padding_type is { } type)
        {
            SetPadding(type);
        }
        else
        {
            SetPadding(padding ?? new long[kernel_size.Length]);
        }

        long[] channels = transposed ? [in_channels, out_channels / groups] : [out_channels, in_channels / groups];
        weight = Held.Parameter([.. channels, .. kernel_size], device, dtype);
        if (bias)
        {
            this.bias = Held.Parameter([out_channels], device, dtype);
        }

        reset_parameters();
    }

    public long in_channels { get; }

    public long out_channels { get; }

    public long[] kernel_size { get; set; }

    public long[] stride { get; set; }

    /// <summary>Null where <see cref="padding_type"/> says it.</summary>
    public long[]? padding { get; private set; }

    public Padding? padding_type { get; private set; }

    public PaddingModes padding_mode { get; set; }

    public long[] dilation { get; set; }

    public long[] output_padding { get; set; }

    public long groups { get; set; }

    public bool transposed { get; }

    public Parameter weight
    {
        get => _weight!;
        set => ConditionallyRegisterParameter(nameof(weight), Held.Replace(ref _weight, value));
    }

    public Parameter? bias
    {
        get => _bias;
        set => ConditionallyRegisterParameter(nameof(bias), Held.Replace(ref _bias, value));
    }

    public void reset_parameters()
    {
        init.kaiming_uniform_(weight, Math.Sqrt(5));
        if (_bias is not null)
        {
            (long fanIn, _) = init.CalculateFanInAndFanOut(weight);
            if (fanIn != 0)
            {
                double bound = 1 / Math.Sqrt(fanIn);
                init.uniform_(_bias, -bound, bound);
            }
        }
    }

    public void SetPadding(long[] padding)
    {
        padding_type = null;
        this.padding = padding;
        _reversed_padding_repeated_twice = new long[2 * padding.Length];
        for (int d = 0; d < padding.Length; d++)
        {
            int at = 2 * (padding.Length - 1 - d);
            _reversed_padding_repeated_twice[at] = _reversed_padding_repeated_twice[at + 1] = padding[d];
        }
    }

    public void SetPadding(Padding padding)
    {
        if (transposed)
        {
            throw new ArgumentException("A transposed convolution takes its padding in numbers.", nameof(padding));
        }

        this.padding = null;
        padding_type = padding;
        _reversed_padding_repeated_twice = new long[2 * kernel_size.Length];
        if (padding != Padding.Same)
        {
            return;
        }

        if (stride.Any(s => s != 1))
        {
            throw new ArgumentException("Padding.Same is defined for stride 1 only.", nameof(padding));
        }

        for (int d = 0; d < kernel_size.Length; d++)
        {
            // In the order of the dimensions, not reversed, as TorchSharp 0.107 has it: seen where a padding
            // mode other than Zeros meets a kernel whose sides differ.
            long total = dilation[d] * (kernel_size[d] - 1);
            _reversed_padding_repeated_twice[2 * d] = total / 2;
            _reversed_padding_repeated_twice[2 * d + 1] = total - total / 2;
        }
    }

    protected bool ValidateShape(Tensor input, long dimensions)
    {
        long n = input.dim();
        return (n == dimensions + 2 && input.size(1) == in_channels) || (n == dimensions + 1 && input.size(0) == in_channels);
    }

    /// <exception cref="ArgumentException">The input is neither (C, …) nor (N, C, …) with this module's channels.</exception>
    internal void RequireShape(Tensor input, int dimensions)
    {
        if (!ValidateShape(input, dimensions))
        {
            throw new ArgumentException(
                $"{GetName()}: expected {dimensions + 1}D (unbatched) or {dimensions + 2}D (batched) input with {in_channels} channels, got {Held.Shape(input)}.",
                nameof(input));
        }
    }
}
