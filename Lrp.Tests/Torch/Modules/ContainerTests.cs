using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Modules;

public sealed class ContainerTests
{
    [Test]
    public void SequentialCallsItsModulesInARow()
    {
        using var model = nn.Sequential(new Affine(2, 0), new Affine(3, 1));
        Assert.That(model.call(ones(3)).data<float>().ToArray(), Is.All.EqualTo(7f));
    }

    [Test]
    public void SequentialDisposesWhatItPassesOnBetweenItsModules()
    {
        Affine first = new(), second = new(), third = new();
        using var model = nn.Sequential(first, second, third);
        using var input = ones(3);
        var output = model.call(input);
        Assert.That(first.Output!.IsInvalid && second.Output!.IsInvalid, Is.True);
        Assert.That(third.Output, Is.SameAs(output));
        Assert.That(output.IsInvalid || input.IsInvalid, Is.False);
    }

    [Test]
    public void SequentialStillHasItsGraphWhenTheIntermediateHandlesAreGone()
    {
        using var model = nn.Sequential(new Affine(2, 0), new Affine(3, 1), new Affine(5, 1));
        using var input = ones(3).requires_grad_();
        model.call(input).sum().backward();
        Assert.That(input.grad!.data<float>().ToArray(), Is.All.EqualTo(30f));
    }

    [Test]
    public void SequentialRunsItsModulesHooks()
    {
        var first = new Affine();
        using var model = nn.Sequential(first, new Affine());
        var runs = 0;
        first.register_forward_hook(_ => runs++);
        model.call(ones(3));
        Assert.That(runs, Is.EqualTo(1));
    }

    [Test]
    public void AnEmptySequentialPassesItsInputOnUnderANewHandle()
    {
        using var model = nn.Sequential();
        using var input = ones(3);
        using var output = model.call(input);
        Assert.That(output, Is.Not.SameAs(input));
        Assert.That(output.data<float>().ToArray(), Is.All.EqualTo(1f));
    }

    [Test]
    public void SequentialNamesItsModules()
    {
        using var model = nn.Sequential(("in", new Affine()), ("out", nn.Sequential(new Affine())));
        Assert.That(model.named_modules().Select(m => m.name), Is.EqualTo(new[] { "in", "out", "out.0" }));
        Assert.That(model.named_parameters().Select(p => p.name), Is.EqualTo(new[] { "in.scale", "in.shift", "out.0.scale", "out.0.shift" }));
        Assert.That(model.state_dict().Keys, Is.EqualTo(new[] { "in.scale", "in.shift", "out.0.scale", "out.0.shift", "in.count", "out.0.count" }));
        Assert.That(nn.Sequential(new Affine(), new Affine()).named_children().Select(m => m.name), Is.EqualTo(new[] { "0", "1" }));
    }

    [Test]
    public void APartOfASequentialSharesItsModules()
    {
        using var model = nn.Sequential(("a", new Affine(2, 0)), ("b", new Affine(3, 0)), ("c", new Affine(5, 0)));
        Assert.That(model[1..].call(ones(3)).data<float>().ToArray(), Is.All.EqualTo(15f));
        Assert.That(model[(null, 2)].Count, Is.EqualTo(2));
        Assert.That(model[0..^1].named_children().Select(m => m.name), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(model[(1, 2)][0], Is.SameAs(model[1]));
    }

    [Test]
    public void SequentialHandsModesAndConversionsOn()
    {
        using var model = nn.Sequential(new Affine(), new Affine());
        model.eval();
        Assert.That(model.modules().Any(m => m.training), Is.False);
        model.@double();
        Assert.That(model.parameters().Select(p => p.dtype), Is.All.EqualTo(float64));
    }

    [Test]
    public void DisposingASequentialDisposesItsModules()
    {
        var affine = new Affine();
        nn.Sequential(affine).Dispose();
        Assert.That(affine.scale.IsInvalid, Is.True);
    }

    [Test]
    public void SequentialsOfOtherModulesHaveAForwardOfTheirOwn()
    {
        using var model = new Branches(("left", new Affine(2, 0)), ("right", new Affine(3, 0)));
        Assert.That(model.call(ones(3), ones(3)).data<float>().ToArray(), Is.All.EqualTo(5f));
        Assert.That(model.named_parameters().First().name, Is.EqualTo("left.scale"));
    }

    [Test]
    public void AModuleListNamesItsModulesByPosition()
    {
        using var model = new Listed();
        Assert.That(model.named_modules().Select(m => m.name), Is.EqualTo(new[] { "layers", "layers.0", "layers.1" }));
        Assert.That(model.parameters().Count(), Is.EqualTo(4));
        Assert.That(model.call(ones(3)).data<float>().ToArray(), Is.All.EqualTo(6f));
    }

    [Test]
    public void AModuleDictNamesItsModulesByKey()
    {
        using var dictionary = nn.ModuleDict<Affine>(("a", new Affine(2, 0)), ("b", new Affine(3, 0)));
        using var model = new Holder(dictionary);
        Assert.That(model.named_parameters().First().name, Is.EqualTo("held.a.scale"));
        Assert.That(dictionary["b"], Is.SameAs(dictionary[1].Item2));
        Assert.That(dictionary.keys(), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(dictionary.ContainsKey("c"), Is.False);
    }

    [Test]
    public void ParameterListsAndDictionariesNameTheirParameters()
    {
        using var list = nn.ParameterList(nn.Parameter(ones(1)), nn.Parameter(ones(2)));
        using var dictionary = nn.ParameterDict(("p", nn.Parameter(ones(1))));
        using var listHolder = new Holder(list);
        using var dictionaryHolder = new Holder(dictionary);
        Assert.That(listHolder.named_parameters().Select(p => p.name), Is.EqualTo(new[] { "held.0", "held.1" }));
        Assert.That(listHolder.get_parameter("held.1"), Is.SameAs(list[1]));
        Assert.That(dictionaryHolder.state_dict().Keys, Is.EqualTo(new[] { "held.p" }));
        listHolder.to(float64);
        Assert.That(list.Select(p => p.dtype), Is.All.EqualTo(float64));
        Assert.That(listHolder.parameters(), Is.EqualTo(list.ToArray()));
    }

    private sealed class Branches(params (string, nn.Module)[] modules) : Sequential<Tensor, Tensor, Tensor>(modules)
    {
        public override Tensor forward(Tensor input1, Tensor input2) => ((Affine)this[0]).call(input1) + ((Affine)this[1]).call(input2);
    }

    private sealed class Listed : nn.Module<Tensor, Tensor>
    {
        private readonly ModuleList<nn.Module<Tensor, Tensor>> layers = nn.ModuleList<nn.Module<Tensor, Tensor>>(new Affine(2, 0), new Affine(3, 0));

        public Listed()
            : base(nameof(Listed))
        {
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => layers.Aggregate(input, (x, layer) => layer.call(x));
    }

    private sealed class Holder : nn.Module
    {
        private readonly nn.Module held;

        public Holder(nn.Module held)
            : base(nameof(Holder))
        {
            this.held = held;
            RegisterComponents();
        }
    }
}
