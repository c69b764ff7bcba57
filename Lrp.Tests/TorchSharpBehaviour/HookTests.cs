using static TorchSharp.torch;

namespace Lrp.Tests.TorchSharpBehaviour;

public sealed class HookTests
{
    [Test]
    public void HooksRunByCallOnly()
    {
        using var module = new Affine();
        var runs = 0;
        module.register_forward_pre_hook(
            (_, input) =>
            {
                runs++;
                return input;
            }
        );
        module.register_forward_hook(
            (_, _, output) =>
            {
                runs++;
                return output;
            }
        );

        module.forward(ones(3));
        Assert.That(runs, Is.Zero);
        module.call(ones(3));
        Assert.That(runs, Is.EqualTo(2));
    }

    [Test]
    public void HooksRunInTheOrderOfTheirKindsAndThenOfTheirRegistration()
    {
        using var module = new Affine();
        var order = new List<string>();
        module.register_forward_hook(_ => order.Add("module hook"));
        module.register_forward_hook((_, _, output) => Log("hook 1", output));
        module.register_forward_hook((_, _, output) => Log("hook 2", output));
        module.register_forward_pre_hook((_, input) => Log("pre-hook 1", input));
        module.register_forward_pre_hook((_, input) => Log("pre-hook 2", input));
        module.register_forward_pre_hook(_ => order.Add("module pre-hook"));

        module.call(ones(3));
        Assert.That(
            order,
            Is.EqualTo(new[] { "module pre-hook", "pre-hook 1", "pre-hook 2", "hook 1", "hook 2", "module hook" })
        );

        Tensor Log(string what, Tensor passed)
        {
            order.Add(what);
            return passed;
        }
    }

    [Test]
    public void AHookReplacesInputAndOutput()
    {
        using var module = new Affine(scale: 2, shift: 1);
        module.register_forward_pre_hook((_, input) => input * 10);
        module.register_forward_hook((_, input, output) => output + input);

        Assert.That(module.call(ones(3)).data<float>().ToArray(), Is.All.EqualTo(31f));
    }

    [Test]
    public void AHookThatReturnsNullChangesNothing()
    {
        using var module = new Affine(scale: 2, shift: 1);
        module.register_forward_pre_hook((_, _) => null!);
        module.register_forward_hook((_, _, _) => null!);

        Assert.That(module.call(ones(3)).data<float>().ToArray(), Is.All.EqualTo(3f));
    }

    [Test]
    public void ARemovedHookDoesNotRun()
    {
        using var module = new Affine();
        var runs = 0;
        var remover = module.register_forward_hook(_ => runs++);
        module.call(ones(3));
        remover.remove();
        module.call(ones(3));
        remover.remove();
        Assert.That(runs, Is.EqualTo(1));
    }

    [Test]
    public void AHookMayRemoveItself()
    {
        using var module = new Affine();
        var runs = 0;
        nn.HookableModule<
            Func<nn.Module<Tensor, Tensor>, Tensor, Tensor>,
            Func<nn.Module<Tensor, Tensor>, Tensor, Tensor, Tensor>
        >.HookRemover? remover = null;
        remover = module.register_forward_pre_hook(_ =>
        {
            runs++;
            remover!.remove();
        });
        module.call(ones(3));
        module.call(ones(3));
        Assert.That(runs, Is.EqualTo(1));
    }

    [Test]
    public void AnExceptionInAHookReachesTheCaller()
    {
        using var module = new Affine();
        module.register_forward_pre_hook((_, _) => throw new InvalidDataException("from the hook"));
        Assert.That(
            () => module.call(ones(3)),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("from the hook")
        );
    }

    [Test]
    public void HooksOfModulesWithSeveralArgumentsGetAndReplaceAllOfThem()
    {
        using var module = new Sum();
        module.register_forward_pre_hook((_, a, b) => (a * 2, b * 3));
        module.register_forward_hook((_, a, b, output) => output + a + b);
        Assert.That(module.call(ones(1), ones(1)).item<float>(), Is.EqualTo(10f));
    }

    [Test]
    public void ACallWithoutHooksAllocatesNothing()
    {
        using var module = new Same();
        using var input = ones(1);
        for (var i = 0; i < 100; i++)
        {
            module.call(input);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            module.call(input);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private sealed class Sum() : nn.Module<Tensor, Tensor, Tensor>(nameof(Sum))
    {
        public override Tensor forward(Tensor input1, Tensor input2) => input1 + input2;
    }

    private sealed class Same() : nn.Module<Tensor, Tensor>(nameof(Same))
    {
        public override Tensor forward(Tensor input) => input;
    }

    private sealed class Affine(float scale = 2, float shift = 1) : nn.Module<Tensor, Tensor>(nameof(Affine))
    {
        public override Tensor forward(Tensor input) => input * scale + shift;
    }
}
