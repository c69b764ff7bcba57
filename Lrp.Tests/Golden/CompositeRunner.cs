using Lrp.Core;

namespace Lrp.Tests.Golden;

/// <summary>A composite on a sequence of layers.</summary>
public sealed class CompositeRunner : IGoldenRunner
{
    public IReadOnlyCollection<string> Kinds => ["composite"];

    public void Run(GoldenCase golden)
    {
        var descriptor = golden.Descriptor;
        using var model = ModuleBuilder.BuildSequence(descriptor.GetProperty("model"));
        ModuleBuilder.Load(model, golden.ReadAll("model"));
        var composite = RuleBuilder.BuildComposite(
            descriptor.GetProperty("composite"),
            RuleBuilder.BuildCanonizers(descriptor.GetProperty("canonizers"), keepEpsilon: true)
        );
        using var registration = composite.Register(model, start: RelevanceStart.Gradient);
        var input = golden.Read("input").requires_grad_();
        var output = model.call(input);
        golden.AssertClose(output, "output");
        output.backward([golden.Read("relevance_out")]);
        registration.ThrowIfFaulted();
        golden.AssertClose(input.grad!, "relevance_in");
    }
}
