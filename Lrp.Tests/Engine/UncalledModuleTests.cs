using Lrp.Attribution.Gradients;
using Lrp.Composites;
using Lrp.Rules.FunctionRules;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;
using Tanh = TorchSharp.Modules.Tanh;

namespace Lrp.Tests.Engine;

/// <summary>
/// What is said about matched modules that no hook saw, and what becomes of an explanation without any.
/// </summary>
[TestFixture]
public sealed class UncalledModuleTests
{
    private DisposeScope _scope = null!;
    private CollectingLogger _logger = null!;

    private static Composite Passing => new() { { typeof(Tanh), LrpRule.Pass() } };

    [SetUp]
    public void Open()
    {
        _scope = NewDisposeScope();
        _logger = new CollectingLogger();
    }

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void APartThatTheForwardPassLeavesOutIsNoProblemOfForward()
    {
        using var model = new Branches((self, x) => self.Head.call(self.Block.call(x)));
        using var registration = Passing.Register(model, _logger);
        model.call(Input());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_logger.Warnings, Is.Empty);
            Assert.That(Information, Has.Some.Contains("'aux.inner.fc' (Tanh)").And.Some.Contains("does not use"));
            Assert.That(registration.Describe(), Does.Match(@"aux\.inner\.fc +Tanh .*not used by the forward pass"));
        }
    }

    [Test]
    public void AChildOfAModuleThatRanMayHaveBeenCalledByForward()
    {
        using var model = new Branches((self, x) => self.Block.call(x) + self.Head.forward(x));
        using var registration = Passing.Register(model, _logger);
        model.call(Input());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                _logger.Warnings,
                Has.Exactly(1).Contains("'head' (Tanh)").And.Exactly(1).Contains("forward()")
            );
            Assert.That(_logger.Warnings, Has.None.Contains("aux"));
            Assert.That(registration.Describe(), Does.Match(@"head +Tanh .*not called"));
        }
    }

    [Test]
    public void WhereNothingRanThroughCallNothingTellsWhatIsUsed()
    {
        using var model = new Branches((self, x) => self.Head.forward(self.Block.forward(x)), innerByCall: false);
        using var registration = Passing.Register(model, _logger);
        model.call(Input());
        Assert.That(
            _logger.Warnings,
            Has.Exactly(1)
                .Contains("'head'")
                .And.Exactly(1)
                .Contains("'block.inner.fc'")
                .And.Exactly(1)
                .Contains("'aux.inner.fc'")
        );
    }

    [Test]
    public void APartThatIsRunByForwardAndCallsItsLayersIsUsed()
    {
        using var model = new Branches((self, x) => self.Aux.forward(self.Block.call(x)));
        using var registration = Passing.Register(model, _logger);
        model.call(Input());
        Assert.That(_logger.Warnings, Has.Exactly(1).Contains("'head' (Tanh) matched").And.None.Contains("aux"));
    }

    [Test]
    public void ALoneRegistrationSaysAtTheFirstBackwardPassThatNoRuleRan()
    {
        using var model = new Branches((self, x) => self.Head.forward(x));
        using var registration = Passing.Register(model, _logger);
        var output = model.call(Input());
        var before = _logger.Warnings.Count();
        output.sum().backward();
        model.call(Input()).sum().backward();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                _logger.Warnings.Skip(before),
                Has.Exactly(1).Contains("No relevance has passed").And.Exactly(1).Contains("'head' (Tanh)")
            );
            Assert.That(registration.Conservation, Throws.InvalidOperationException.With.Message.Contains("forward()"));
            Assert.That(
                registration.ThrowIfNoRuleRan,
                Throws.InvalidOperationException.With.Message.Contains("plain gradient")
            );
        }
    }

    [Test]
    public void AnAttributorThrowsWhereNoMatchedModuleRan()
    {
        using var model = new Branches((self, x) => self.Head.forward(x));
        Assert.That(
            () => new CompositeAttributor(Passing).Attribute(model, Input().detach()),
            Throws.InvalidOperationException.With.Message.Contains("'head' (Tanh)").And.Message.Contains("forward()")
        );
        Assert.That(() => Passing.Register(model).Dispose(), Throws.Nothing, "the model is free");
    }

    [Test]
    public void FunctionsThatHadTheirRulesAreEnoughForAnAttributor()
    {
        using var model = new Branches((self, x) => self.Head.forward(x) + x.mean());
        var composite = new Composite { { typeof(Tanh), LrpRule.Pass() }, { Functions.AttnLrp } };
        using var result = new CompositeAttributor(composite).Attribute(model, Input().detach());
        Assert.That(result.Relevance.abs().sum().item<float>(), Is.GreaterThan(0));
    }

    private IEnumerable<string> Information =>
        _logger.Entries.Where(entry => entry.Level == LogLevel.Information).Select(entry => entry.Text);

    private static Tensor Input() => ones(1, 4).requires_grad_();

    /// <summary>A block, an auxiliary block of the same kind, and a layer of its own.</summary>
    private sealed class Branches : nn.Module<Tensor, Tensor>
    {
        private readonly Func<Branches, Tensor, Tensor> _forward;

        public Branches(Func<Branches, Tensor, Tensor> forward, bool innerByCall = true)
            : base(nameof(Branches))
        {
            _forward = forward;
            manual_seed(2);
            Block = new Wrapped(new Wrapped(nn.Tanh(), "fc", innerByCall), "inner", innerByCall);
            Aux = new Wrapped(new Wrapped(nn.Tanh(), "fc", innerByCall), "inner", innerByCall);
            register_module("block", Block);
            register_module("aux", Aux);
            register_module("head", Head);
        }

        public Wrapped Block { get; }

        public Wrapped Aux { get; }

        public Tanh Head { get; } = nn.Tanh();

        public override Tensor forward(Tensor input) => _forward(this, input);
    }

    private sealed class Wrapped : nn.Module<Tensor, Tensor>
    {
        private readonly nn.Module<Tensor, Tensor> _inner;
        private readonly bool _byCall;

        public Wrapped(nn.Module<Tensor, Tensor> inner, string name, bool byCall)
            : base(nameof(Wrapped))
        {
            _inner = inner;
            _byCall = byCall;
            register_module(name, inner);
        }

        public override Tensor forward(Tensor input) => _byCall ? _inner.call(input) : _inner.forward(input);
    }
}
