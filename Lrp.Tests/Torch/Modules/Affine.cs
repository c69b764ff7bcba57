using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Modules;

/// <summary>y = scale · x + shift, with a count of forward passes as a buffer: a small module with everything a module can have.</summary>
internal sealed class Affine : nn.Module<Tensor, Tensor>
{
    public Parameter scale;
    public Parameter shift;
    public Tensor count;

    public Affine(float scale = 2, float shift = 1, int width = 3)
        : base(nameof(Affine))
    {
        this.scale = nn.Parameter(full(width, scale));
        this.shift = nn.Parameter(full(width, shift));
        count = zeros(1, dtype: int64);
        RegisterComponents();
    }

    public Tensor? Output { get; private set; }

    public override Tensor forward(Tensor input) => Output = input * scale + shift;
}

/// <summary>Two affine modules, one of them in a module of its own.</summary>
internal sealed class Nested : nn.Module<Tensor, Tensor>
{
    private readonly Affine first = new();
    private readonly Inner inner = new();

    public Nested()
        : base(nameof(Nested))
    {
        RegisterComponents();
    }

    public Affine First => first;

    public override Tensor forward(Tensor input) => inner.call(first.call(input));

    internal sealed class Inner : nn.Module<Tensor, Tensor>
    {
        public Affine last = new(3, 0);

        public Inner()
            : base(nameof(Inner))
        {
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => last.call(input);
    }
}
