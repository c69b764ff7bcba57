using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Core;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>Registering odd models, and from several threads.</summary>
[TestFixture]
public sealed class RegisteringTests
{
    [Test]
    public void ModulesSharedInDiamondsAreListedOnceAndNotOncePerPath()
    {
        var root = (nn.Module)nn.Linear(2, 2);
        for (var level = 0; level < 40; level++)
        {
            root = new Pair(root);
        }

        Assert.That(ModuleTree.Walk(root), Has.Count.EqualTo(41));
        Assert.That(ModuleTree.WalkAllNames(root), Has.Count.LessThanOrEqualTo(41 * 64));
        using var registration = new Composite { { typeof(TorchSharp.Modules.Linear), LrpRule.Epsilon() } }.Register(
            root
        );
        Assert.That(registration.Sites, Has.Count.EqualTo(1));
    }

    [Test]
    public void OfManyThreadsThatRegisterOneModelOneSucceeds()
    {
        using var model = nn.Sequential(("conv", nn.Conv2d(3, 4, 3)), ("norm", nn.BatchNorm2d(4)), ("act", nn.ReLU()));
        model.eval();
        using var weight = model.get_parameter("conv.weight")!.detach().clone();
        for (var round = 0; round < 30; round++)
        {
            var registrations = new System.Collections.Concurrent.ConcurrentBag<Lrp.Core.Registrations.Registration>();
            Parallel.For(
                0,
                8,
                _ =>
                {
                    try
                    {
                        registrations.Add(Presets.EpsilonPlus(canonizers: new MergeBatchNorm()).Register(model));
                    }
                    catch (InvalidOperationException e) when (e.Message.Contains("registered already"))
                    {
                        // as it should be
                    }
                }
            );
            Assert.That(registrations, Has.Count.EqualTo(1));
            registrations.Single().Dispose();
            Assert.That(model.get_parameter("conv.weight")!.Equals(weight), Is.True);
        }
    }

    private sealed class Pair : nn.Module<Tensor, Tensor>
    {
        public Pair(nn.Module inner)
            : base(nameof(Pair))
        {
            register_module("left", inner);
            register_module("right", inner);
        }

        public override Tensor forward(Tensor input) => input;
    }
}
