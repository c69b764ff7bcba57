using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Modules;

public sealed class ModuleConversionTests
{
    [Test]
    public void FloatingPointParametersAreConvertedAndOtherBuffersAreNot()
    {
        using var model = new Nested();
        Assert.That(model.to(float64), Is.SameAs(model));
        Assert.That(model.parameters().Select(p => p.dtype), Is.All.EqualTo(float64));
        Assert.That(model.buffers().Select(b => b.dtype), Is.All.EqualTo(int64));
        Assert.That(model.call(ones(3, dtype: float64)).dtype, Is.EqualTo(float64));
    }

    [Test]
    public void FieldRegistryAndGradientFollowTheConversion()
    {
        using var module = new Affine();
        module.call(ones(3)).sum().backward();
        var before = module.scale;
        module.@double();
        Assert.That(before.IsInvalid, Is.True);
        Assert.That(module.get_parameter("scale"), Is.SameAs(module.scale));
        Assert.That(module.scale.requires_grad && module.scale.is_leaf, Is.True);
        Assert.That(module.scale.grad!.dtype, Is.EqualTo(float64));
        Assert.That(module.scale.grad!.data<double>().ToArray(), Is.All.EqualTo(1.0));
    }

#if TORCH_SYSTEM
    [Test]
    public void APropertyOfTheParametersNameIsSet()
    {
        using var module = new WithProperty();
        module.half();
        Assert.That(module.weight.dtype, Is.EqualTo(float16));
        Assert.That(module.get_parameter("weight"), Is.SameAs(module.weight));
    }
#endif

    [Test]
    public void ConvertingToTheTypeThatItHasChangesNothing()
    {
        using var module = new Affine();
        var before = module.scale;
        module.to(float32).cpu().to("cpu");
        Assert.That(module.scale, Is.SameAs(before));
        Assert.That(before.IsInvalid, Is.False);
    }

    [Test]
    public void ConvertedParametersOutliveTheDisposeScope()
    {
        using var module = new Affine();
        using (NewDisposeScope()) module.@double();
        Assert.That(module.scale.IsInvalid, Is.False);
    }

    [Test]
    public void ParametersCannotBecomeIntegers()
    {
        using var module = new Affine();
        Assert.That(() => module.to(int32), Throws.ArgumentException);
    }

    [Test]
    public void WithoutCudaMovingThereIsAnError()
    {
        if (cuda.is_available()) Assert.Ignore("This machine has CUDA.");
        using var module = new Affine();
        Assert.That(() => module.cuda(), Throws.InvalidOperationException);
    }

    private sealed class WithProperty : nn.Module<Tensor, Tensor>
    {
        public WithProperty()
            : base(nameof(WithProperty))
        {
            weight = nn.Parameter(ones(1));
            register_parameter(nameof(weight), weight);
        }

        public Parameter weight { get; set; }

        public override Tensor forward(Tensor input) => input * weight;
    }
}
