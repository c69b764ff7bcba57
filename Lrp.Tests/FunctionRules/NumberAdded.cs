using Lrp.Composites;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>A model that adds a number.</summary>
internal sealed class NumberAdded(double number, bool inPlace = false, bool throwing = false)
    : nn.Module<Tensor, Tensor>(nameof(NumberAdded))
{
    public static Composite AddOnly() => new() { { Functions.Add, new Epsilon(1e-8) } };

    public override Tensor forward(Tensor x)
    {
        if (throwing)
        {
            try
            {
                throw new InvalidOperationException();
            }
            catch (InvalidOperationException) { }
        }
        return inPlace ? x.clone().add_(number) : x + number;
    }
}
