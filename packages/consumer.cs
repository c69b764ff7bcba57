// The program of somebody who has only the packages: rules for modules, and for functions inside a forward(), which
// need the native package. ./lrp check runs it against the packages of this folder.
using Lrp.Composites;
using Lrp.Rules.FunctionRules;
using TorchSharp;
using static TorchSharp.torch;

using var model = new Residual();
var x = randn(2, 4, dtype: ScalarType.Float64).requires_grad_();
using var registration = new Composite { Functions.AttnLrp }.Register(model);
using var scores = model.call(x);
scores[0, 1].backward();
registration.ThrowIfFaulted();
Console.WriteLine(registration.Audit());
var kept = x.grad!.sum().item<double>() / scores[0, 1].item<double>();
Console.WriteLine($"{kept:P4} of the score is in the relevance of the input.");
return Math.Abs(kept - 1) < 1e-3 ? 0 : 1;

internal sealed class Residual : nn.Module<Tensor, Tensor>
{
    private readonly TorchSharp.Modules.Linear linear = nn.Linear(4, 4, hasBias: false, dtype: ScalarType.Float64);

    public Residual()
        : base(nameof(Residual)) => RegisterComponents();

    public override Tensor forward(Tensor x) => x + nn.functional.relu(linear.call(x));
}
