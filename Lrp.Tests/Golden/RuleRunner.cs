using Lrp.Composites;
using Lrp.Core;

namespace Lrp.Tests.Golden;

/// <summary>One rule on one module.</summary>
public sealed class RuleRunner : IGoldenRunner
{
    public IReadOnlyCollection<string> Kinds => ["rule"];

    public void Run(GoldenCase golden)
    {
        using var module = ModuleBuilder.Build(golden.Descriptor.GetProperty("module"));
        ModuleBuilder.Load(module, golden.ReadAll("module"));
        var composite = new Composite { { "", RuleBuilder.BuildRule(golden.Descriptor.GetProperty("rule")) } };
        using var registration = composite.Register(module, start: RelevanceStart.Gradient);
        var input = golden.Read("input").requires_grad_();
        var output = module.call(input);
        golden.AssertClose(output, "output");
        output.backward([golden.Read("relevance_out")]);
        registration.ThrowIfFaulted();
        golden.AssertClose(input.grad!, "relevance_in");
    }
}
