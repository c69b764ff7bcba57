using Lrp.Core.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>sum(stack([branch(x), shortcut(x)], -1)); an empty shortcut is the identity.</summary>
public sealed class Residual : nn.Module<Tensor, Tensor>
{
    private readonly Sequential branch;
    private readonly Sequential shortcut;
    private readonly Sum sum = new(-1);

    public Residual(Sequential branch, Sequential shortcut)
        : base(nameof(Residual))
    {
        this.branch = branch;
        this.shortcut = shortcut;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var around = shortcut.Count == 0 ? input : shortcut.call(input);
        return sum.call(stack([branch.call(input), around], -1)).MoveToOuterDisposeScope();
    }
}
