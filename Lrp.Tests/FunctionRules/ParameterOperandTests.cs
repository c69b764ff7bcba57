using Lrp.Composites;
using Lrp.Rules.FunctionRules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>A model's weights are constants of its functions, however they came to require a gradient.</summary>
[TestFixture]
public sealed class ParameterOperandTests
{
    [Test]
    public void AParameterThatIsNotRegisteredIsAConstant() =>
        AssertAllGoesToTheInput(new Scale(isRegistered: false), _ => { });

    [Test]
    public void AParameterThatRequiresAGradientAgainIsAConstant() =>
        AssertAllGoesToTheInput(new Scale(isRegistered: true), model => model.Weight.requires_grad_());

    [Test]
    public void AParameterThatIsReplacedIsAConstant() =>
        AssertAllGoesToTheInput(
            new Scale(isRegistered: true),
            model => model.Weight = new Parameter(full([4], 3, ScalarType.Float64))
        );

    private static void AssertAllGoesToTheInput(Scale model, Action<Scale> change)
    {
        using var scope = NewDisposeScope();
        using (var registration = new Composite { Functions.AttnLrp }.Register(model))
        {
            change(model);
            var x = randn([2, 4], ScalarType.Float64, requires_grad: true);
            var output = model.call(x);
            output.sum().backward();
            registration.ThrowIfFaulted();
            Assert.That(x.grad!.allclose(output), Is.True);
        }

        Assert.That(model.Weight.requires_grad, Is.True);
    }

    private sealed class Scale : nn.Module<Tensor, Tensor>
    {
        private Parameter _weight = new(full([4], 2, ScalarType.Float64));

        public Scale(bool isRegistered)
            : base(nameof(Scale))
        {
            if (isRegistered)
            {
                RegisterComponents();
            }
        }

        public Parameter Weight
        {
            get => _weight;
            set
            {
                _weight = value;
                ConditionallyRegisterParameter(nameof(_weight), value);
            }
        }

        public override Tensor forward(Tensor input) => input * _weight;
    }
}
