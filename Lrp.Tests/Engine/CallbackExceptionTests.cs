using System.Runtime.InteropServices;
using Lrp.Composites;
using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Interception;
using Lrp.Core.Registrations;
using Lrp.Rules;
using Lrp.Rules.FunctionRules;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Lrp.Tests.Engine;

/// <summary>
/// On TorchSharp an exception that leaves managed code inside a native callback ends the process. Each callback of the
/// engine is driven here with everything of a user's that can throw; that the test run goes on is half of each
/// assertion.
/// </summary>
public sealed class CallbackExceptionTests
{
    private static readonly Func<Exception>[] Failures =
    [
        () => new InvalidDataException("on purpose"),
        () => new OutOfMemoryException("on purpose"),
        () => new MessageFails(),
    ];

    private static IEnumerable<TestCaseData> FailuresAndLoggers() =>
        from failure in Failures
        from logger in new ILogger?[] { null, new CollectingLogger(), new FailingLogger() }
        select new TestCaseData(failure, logger).SetArgDisplayNames(
            failure().GetType().Name,
            logger?.GetType().Name ?? "no logger"
        );

    [TestCaseSource(nameof(FailuresAndLoggers))]
    public void WhatAModuleRuleThrowsIsKeptAndTheRelevanceBelowIsNaN(Func<Exception> failure, ILogger? logger)
    {
        var model = Networks.Convolutional(bias: true);
        using var registration = new Composite { { "fc1", new FailingRule(failure) } }.Register(model, logger);
        var relevance = Networks.Explain(model, Networks.Images(2));
        AssertFaulted(registration, relevance);
    }

    [TestCaseSource(nameof(FailuresAndLoggers))]
    public void WhatARuleJoinedWithItsReLUThrowsIsKeptAndTheRelevanceBelowIsNaN(
        Func<Exception> failure,
        ILogger? logger
    )
    {
        var model = Networks.Convolutional(bias: true);
        using var registration = new Composite
        {
            { "conv2", new FailingRule(failure, RuleNeeds.LocalGraph, joinable: true) },
            { "relu2", new Pass() },
        }.Register(model, logger);
        var relevance = Networks.Explain(model, Networks.Images(2));
        AssertFaulted(registration, relevance);
    }

    [TestCaseSource(nameof(FailuresAndLoggers))]
    public void WhatAFunctionsRuleThrowsIsKeptAndTheRelevanceBelowIsNaN(Func<Exception> failure, ILogger? logger)
    {
        var model = new Doubled();
        using var registration = new Composite { { Functions.Add, new FailingFunction(failure) } }.Register(
            model,
            logger
        );
        var relevance = Networks.Explain(model, ones(2, 3));
        AssertFaulted(registration, relevance);
    }

    [TestCaseSource(nameof(FailuresAndLoggers))]
    public void WhatAnInterceptedFunctionThrowsReachesTheModelsCallerAndTheModelRunsOn(
        Func<Exception> failure,
        ILogger? logger
    )
    {
        var model = new Doubled();
        using (var registration = new Composite { { new FailingKey(failure), new Uniform() } }.Register(model, logger))
        {
            Assert.That(
                () => model.call(ones(2, 3).requires_grad_()),
                Throws.InstanceOf<ExternalException>().With.Message.Contains("aten::add")
            );
            Assert.That(registration.ThrowIfFaulted, Throws.TypeOf<RelevanceException>());
        }

        Assert.That(model.call(ones(2, 3)).data<float>().ToArray(), Is.All.EqualTo(2f));
    }

    [Test]
    public void WhatADropInsRuleThrowsIsKeptAndTheRelevanceBelowIsNaN()
    {
        var x = ones(3, requires_grad: true);
        var y = new FailingPropagation(() => new MessageFails()).Run(null, x, x);
        y.sum().backward();
        Assert.That(x.grad!.isnan().all().item<bool>());
        Assert.That(
            FunctionNode.Faults.ThrowFirst,
            Throws.TypeOf<RelevanceException>().With.Message.Contains("failing")
        );
    }

    [Test]
    public void ARuleWhoseTextFailsIsReportedByItsType()
    {
        var model = Networks.Convolutional(bias: true);
        var rule = new FailingRule(() => new InvalidDataException("on purpose"));
        using var registration = new Composite { { "fc1", rule } }.Register(model, new CollectingLogger());
        rule.TextFails = true;
        _ = Networks.Explain(model, Networks.Images(2));
        Assert.That(
            registration.ThrowIfFaulted,
            Throws
                .TypeOf<RelevanceException>()
                .With.Message.Contains("FailingRule")
                .And.Message.Contains("'fc1' (Linear)")
                .And.Message.Contains("on purpose")
        );
    }

    [Test]
    public void MemoryThatRunsOutInARuleIsAFaultAndTheNextPassWorks()
    {
        var model = Networks.Convolutional(bias: true);
        var asked = false;
        var rule = new FailingRule(() => new InvalidDataException("unreachable"))
        {
            Instead = call =>
            {
                if (!asked)
                {
                    asked = true;
                    _ = zeros([1L << 50]);
                }

                return call.InputShapes[0].Filled(1);
            },
        };
        using var registration = new Composite { { "fc1", rule } }.Register(model);
        AssertFaulted(registration, Networks.Explain(model, Networks.Images(2)));
        var second = Networks.Explain(model, Networks.Images(2));
        Assert.That(second.isnan().any().item<bool>(), Is.False);
        Assert.That(registration.ThrowIfFaulted, Throws.Nothing);
    }

    [Test]
    public void RelevanceOfAWrongShapeIsAFaultForModulesAndFunctions()
    {
        var model = Networks.Convolutional(bias: true);
        var rule = new FailingRule(() => new InvalidDataException("unreachable")) { Instead = _ => ones(1) };
        using var registration = new Composite { { "fc1", rule } }.Register(model);
        AssertFaulted(registration, Networks.Explain(model, Networks.Images(2)));
    }

    [Test]
    public void WhatAHandlerOfInterceptionThrowsReachesTheOperatorsCallerWithItsMessage()
    {
        using var x = ones(3);
        foreach (var failure in Failures)
        {
            using var scope = OperatorInterception.Enter(["aten::mul"], _ => throw failure());
            Assert.That(() => _ = x * x, Throws.InstanceOf<ExternalException>().With.Message.Contains("aten::mul"));
            Assert.That(scope.Fault, Is.Not.Null);
        }

        Assert.That((x * x).sum().item<float>(), Is.EqualTo(3f));
    }

    [Test]
    public void WhatAnInterceptorThrowsReachesTheModulesCallerAsItIs()
    {
        using var module = nn.Linear(3, 2);
        foreach (var failsBefore in new[] { true, false })
        {
            using (Lrp.Core.Hooks.ModuleHooks.Attach(module, new FailingInterceptor(failsBefore)))
            {
                Assert.That(
                    () => module.call(ones(1, 3)),
                    Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("on purpose")
                );
            }

            Assert.That(() => module.call(ones(1, 3)), Throws.Nothing);
        }
    }

    private static void AssertFaulted(Registration registration, Tensor relevance)
    {
        Assert.That(relevance.isnan().all().item<bool>(), "the relevance is NaN");
        Assert.That(registration.ThrowIfFaulted, Throws.TypeOf<RelevanceException>());
    }

    private sealed class MessageFails : Exception
    {
        public override string Message => throw new NotSupportedException("no message");

        public override string ToString() => throw new NotSupportedException("no text");
    }

    private sealed class FailingLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new NotSupportedException("no scopes");

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (logLevel >= LogLevel.Error)
            {
                throw new InvalidOperationException("the logger fails");
            }
        }
    }

    private sealed class FailingRule(Func<Exception> failure, RuleNeeds needs = RuleNeeds.Shapes, bool joinable = false)
        : BackwardRule
    {
        public bool TextFails { get; set; }

        public Func<RelevanceCall, Tensor>? Instead { get; init; }

        internal override JoiningTraits Joining =>
            joinable ? JoiningTraits.ReadsOutputsWhereRelevant : JoiningTraits.None;

        public override RuleNeeds NeedsFor(nn.Module module) => needs;

        public override IReadOnlyList<Tensor?> Propagate(RelevanceCall call) =>
            Instead is null ? throw failure() : [Instead(call)];

        public override string ToString() =>
            TextFails ? throw new NotSupportedException("no text") : nameof(FailingRule);
    }

    private sealed class FailingFunction(Func<Exception> failure) : FunctionRule
    {
        public override IReadOnlyList<Tensor?> Propagate(FunctionCall call) => throw failure();
    }

    private sealed class FailingKey(Func<Exception> failure) : FunctionKey
    {
        public override string Name => "add";

        public override IReadOnlyList<string> Operators => ["aten::add"];

        public override string? Validate(Rule rule) => null;

        public override object? Apply(Rule rule, OperatorCall call, RuleSite site) => throw failure();
    }

    private sealed class FailingPropagation(Func<Exception> failure) : FunctionPropagation
    {
        public override string Name => "failing";

        public override Tensor Forward(IReadOnlyList<Tensor> operands) => operands[0].add(operands[1]);

        public override IReadOnlyList<Tensor?> Propagate(
            IReadOnlyList<Tensor> kept,
            Tensor relevance,
            IReadOnlyList<bool> wanted
        ) => throw failure();
    }

    private sealed class FailingInterceptor(bool failsBefore) : Lrp.Core.Hooks.IModuleInterceptor
    {
        public object?[] Before(nn.Module module, object?[] inputs) =>
            failsBefore ? throw new InvalidDataException("on purpose") : inputs;

        public object? After(nn.Module module, object?[] inputs, object? output) =>
            throw new InvalidDataException("on purpose");
    }

    private sealed class Doubled() : nn.Module<Tensor, Tensor>(nameof(Doubled))
    {
        public override Tensor forward(Tensor input) => input + input;
    }
}
