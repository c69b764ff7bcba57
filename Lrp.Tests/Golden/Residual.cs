using Lrp.Rules.Modules;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>sum(stack([branch(x), shortcut(x)], -1)); an empty shortcut is the identity.</summary>
public sealed class Residual : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "branch")]
    private readonly Sequential _branch;

    [ComponentName(Name = "shortcut")]
    private readonly Sequential _shortcut;

    [ComponentName(Name = "sum")]
    private readonly Sum _sum = new([-1]);

    public Residual(Sequential branch, Sequential shortcut)
        : base(nameof(Residual))
    {
        _branch = branch;
        _shortcut = shortcut;
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var around = _shortcut.Count == 0 ? input : _shortcut.call(input);
        return _sum.call(stack([_branch.call(input), around], -1)).MoveToOuterDisposeScope();
    }
}
