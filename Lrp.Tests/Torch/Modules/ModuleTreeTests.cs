using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Modules;

public sealed class ModuleTreeTests
{
    [Test]
    public void NestedModulesHaveDottedNamesChildrenFirst()
    {
        using var model = new Nested();
        Assert.That(model.named_modules().Select(m => m.name), Is.EqualTo(new[] { "first", "inner", "inner.last" }));
        Assert.That(model.named_children().Select(m => m.name), Is.EqualTo(new[] { "first", "inner" }));
        Assert.That(model.modules().Count(), Is.EqualTo(3));
    }

    [Test]
    public void ParametersAndBuffersHaveDottedNamesInFieldOrder()
    {
        using var model = new Nested();
        Assert.That(
            model.named_parameters().Select(p => p.name),
            Is.EqualTo(new[] { "first.scale", "first.shift", "inner.last.scale", "inner.last.shift" }));
        Assert.That(model.named_buffers().Select(b => b.name), Is.EqualTo(new[] { "first.count", "inner.last.count" }));
        Assert.That(model.named_parameters(recurse: false), Is.Empty);
        Assert.That(model.First.parameters(recurse: false).Count(), Is.EqualTo(2));
    }

    [Test]
    public void ASharedParameterIsListedOnce()
    {
        using var model = new Tied();
        Assert.That(model.parameters().Count(), Is.EqualTo(1));
        Assert.That(model.state_dict().Keys, Is.EqualTo(new[] { "a.weight", "b.weight" }));
    }

    [Test]
    public void ParametersAndBuffersAreFoundByDottedName()
    {
        using var model = new Nested();
        Assert.That(model.get_parameter("first.scale"), Is.SameAs(model.First.scale));
        Assert.That(model.get_buffer("first.count"), Is.SameAs(model.First.count));
        Assert.That(model.has_parameter("inner.last.shift"), Is.True);
        Assert.That(model.has_buffer("inner.last.count"), Is.True);
        Assert.That(model.get_parameter("inner.shift"), Is.Null);
        Assert.That(model.get_parameter("nothing.at.all"), Is.Null);
        Assert.That(model.has_buffer("first.scale"), Is.False);
    }

    [Test]
    public void AFieldIsRegisteredUnderItsComponentName()
    {
        using var module = new Renamed();
        Assert.That(module.named_parameters().Select(p => p.name), Is.EqualTo(new[] { "weight" }));
    }

    [Test]
    public void NamesAreUniqueAndHaveNoDots()
    {
        using var module = new Affine();
        Assert.That(() => module.register_module("a.b", new Affine()), Throws.ArgumentException);
        Assert.That(() => module.register_module("", new Affine()), Throws.ArgumentException);
        module.register_module("child", new Affine());
        Assert.That(() => module.register_module("child", new Affine()), Throws.InvalidOperationException);
        Assert.That(() => module.register_parameter("scale", nn.Parameter(ones(1))), Throws.InvalidOperationException);
        Assert.That(() => module.register_buffer("count", ones(1)), Throws.InvalidOperationException);
        Assert.That(() => module.register_buffer("other", null!), Throws.ArgumentNullException);
    }

    [Test]
    public void BuffersThatAreNotPersistentAreNotInTheState()
    {
        using var module = new Affine();
        module.register_buffer("scratch", ones(1), persistent: false);
        Assert.That(module.state_dict().Keys, Is.EqualTo(new[] { "scale", "shift", "count" }));
        Assert.That(module.has_buffer("scratch"), Is.True);
    }

    [Test]
    public void TrainingModeReachesAllModules()
    {
        using var model = new Nested();
        Assert.That(model.training, Is.True);
        model.eval();
        Assert.That(model.training || model.modules().Any(m => m.training), Is.False);
        model.train();
        Assert.That(model.training && model.modules().All(m => m.training), Is.True);
    }

    [Test]
    public void ApplyVisitsAllModulesTheModuleItselfLast()
    {
        using var model = new Nested();
        var names = new List<string>();
        model.apply(module => names.Add(module.GetName()));
        Assert.That(names, Is.EqualTo(new[] { "Affine", "Affine", "Inner", "Nested" }));
    }

    [Test]
    public void ZeroGradDropsGradientsOrSetsThemToZero()
    {
        using var module = new Affine();
        module.call(ones(3)).sum().backward();
        module.zero_grad(set_to_none: false);
        Assert.That(module.scale.grad!.data<float>().ToArray(), Is.All.Zero);
        module.zero_grad();
        Assert.That(module.scale.grad, Is.Null);
    }

    [Test]
    public void DisposingAModuleDisposesAllParametersAndBuffersBelowIt()
    {
        var model = new Nested();
        var tensors = model.parameters().Concat(model.buffers()).ToList();
        model.Dispose();
        Assert.That(tensors, Has.All.Property(nameof(Tensor.IsInvalid)).True);
        Assert.That(model.Dispose, Throws.Nothing);
    }

    [Test]
    public void AModuleWithoutParametersTakesNone()
    {
        using var module = new Twice();
        Assert.That(() => module.register_parameter("p", nn.Parameter(ones(1))), Throws.InvalidOperationException);
        Assert.That(() => module.register_buffer("b", ones(1)), Throws.InvalidOperationException);
        Assert.That(() => module.register_module("m", new Affine()), Throws.InvalidOperationException);
        module.register_module("m", new Twice());
    }

    [Test]
    public void AParameterUsesUpItsTensor()
    {
        var data = ones(2);
        var parameter = nn.Parameter(data);
        Assert.That(data.IsInvalid, Is.True);
        Assert.That(parameter.requires_grad, Is.True);
        Assert.That(nn.Parameter(ones(2), requires_grad: false).requires_grad, Is.False);
    }

    [Test]
    public void AParameterTakesItsTensorsPlaceInTheDisposeScope()
    {
        Parameter inside, outside;
        using (NewDisposeScope())
        {
            inside = nn.Parameter(ones(1));
            outside = nn.Parameter(ones(1).DetachFromDisposeScope());
        }

        Assert.That(inside.IsInvalid, Is.True);
        Assert.That(outside.IsInvalid, Is.False);
    }

    private sealed class Weighted : nn.Module<Tensor, Tensor>
    {
        public Parameter weight;

        public Weighted(Parameter weight)
            : base(nameof(Weighted))
        {
            this.weight = weight;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => input * weight;
    }

    private sealed class Tied : nn.Module<Tensor, Tensor>
    {
        private readonly Weighted a;
        private readonly Weighted b;

        public Tied()
            : base(nameof(Tied))
        {
            a = new Weighted(nn.Parameter(ones(1)));
            b = new Weighted(a.weight);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => b.call(a.call(input));
    }

    private sealed class Renamed : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "weight")]
        private readonly Parameter _weight = nn.Parameter(ones(1));

        public Renamed()
            : base(nameof(Renamed))
        {
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => input * _weight;
    }

    private sealed class Twice() : ParameterLessModule<Tensor, Tensor>(nameof(Twice))
    {
        public override Tensor forward(Tensor input) => input * 2;
    }
}
