using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>What batch and instance normalization share: affine parameters and running statistics, one entry a channel.</summary>
public abstract class NormBase : Module<Tensor, Tensor>
{
    [ComponentName(Name = nameof(weight))]
    private Parameter? _weight;

    [ComponentName(Name = nameof(bias))]
    private Parameter? _bias;

    [ComponentName(Name = nameof(running_mean))]
    private Tensor? _running_mean;

    [ComponentName(Name = nameof(running_var))]
    private Tensor? _running_var;

    [ComponentName(Name = nameof(num_batches_tracked))]
    private Tensor? _num_batches_tracked;

    public NormBase(
        long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype,
        string name)
        : base(name)
    {
        this.num_features = num_features;
        this.eps = eps;
        this.momentum = momentum;
        this.affine = affine;
        this.track_running_stats = track_running_stats;
        if (affine)
        {
            weight = Held.Parameter([num_features], device, dtype);
            bias = Held.Parameter([num_features], device, dtype);
        }

        if (track_running_stats)
        {
            running_mean = zeros([num_features], dtype: dtype, device: device);
            running_var = ones([num_features], dtype: dtype, device: device);
            num_batches_tracked = tensor(0L, dtype: dtype, device: device);
        }

        reset_parameters();
    }

    public long num_features { get; private set; }

    public double eps { get; set; }

    /// <summary>Weight of the newest batch in the running statistics; null weighs all batches alike.</summary>
    public double? momentum { get; set; }

    public bool affine { get; private set; }

    public bool track_running_stats { get; private set; }

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

    public Tensor? running_mean
    {
        get => _running_mean;
        set => ConditionallyRegisterBuffer(nameof(running_mean), Held.Replace(ref _running_mean, value));
    }

    public Tensor? running_var
    {
        get => _running_var;
        set => ConditionallyRegisterBuffer(nameof(running_var), Held.Replace(ref _running_var, value));
    }

    public Tensor? num_batches_tracked
    {
        get => _num_batches_tracked;
        set => ConditionallyRegisterBuffer(nameof(num_batches_tracked), Held.Replace(ref _num_batches_tracked, value));
    }

    public void reset_running_stats()
    {
        if (track_running_stats)
        {
            init.zeros_(_running_mean!);
            init.ones_(_running_var!);
            init.zeros_(_num_batches_tracked!);
        }
    }

    public void reset_parameters()
    {
        reset_running_stats();
        if (affine)
        {
            init.ones_(_weight!);
            init.zeros_(_bias!);
        }
    }

    protected abstract void ValidateInputDimensions(Tensor input);

    /// <exception cref="ArgumentException">The input has another number of dimensions.</exception>
    internal void RequireDimensions(Tensor input, int without, int with)
    {
        long n = input.dim();
        if (n != without && n != with)
        {
            string expected = without == with ? $"{with}D" : $"{without}D or {with}D";
            throw new ArgumentException($"{GetName()}: expected {expected} input, got {Held.Shape(input)}.", nameof(input));
        }
    }
}
