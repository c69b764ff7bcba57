using Lrp.Attribution;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Attribution;

/// <summary>A method of a user's own, by deriving from the base of all attributors.</summary>
[TestFixture]
public sealed class OwnAttributorTests
{
    [Test]
    public void AMethodThatDerivesFromTheBaseRunsInSlicesAndReportsProgress()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var model = nn.Linear(4, 3).to(ScalarType.Float64);
        var x = randn(5, 4, ScalarType.Float64);
        var seen = new List<AttributionProgress>();

        using var result = new HalfOfTheGradient { ChunkSize = 2 }.Attribute(
            model,
            x,
            Target.Class(1),
            new Immediate(seen.Add)
        );

        using var expected = model.weight![1].detach().expand(5, 4) / 2;
        Assert.That(result.Relevance.allclose(expected), Is.True);
        Assert.That(seen.Select(progress => progress.Done), Is.EqualTo(new[] { 2, 4, 5 }));
    }

    [Test]
    public void AResultCanBeMadeByAMethodThatImplementsTheInterfaceItself()
    {
        using var scope = NewDisposeScope();
        using var result = new AttributionResult(ones(2, 3), [3, 1.5]);
        Assert.That(result.Sums, Is.EqualTo(new[] { 3, 3 }));
        Assert.That(result.Conservation, Is.EqualTo(1.5));
    }

    [Test]
    public void AMethodThatImplementsTheInterfaceItselfHasTheShorterForms()
    {
        using var scope = NewDisposeScope();
        IAttributor method = new Ones();
        using var model = nn.Linear(4, 3);
        using var result = method.Attribute(model, rand(2, 4));
        using var other = method.Attribute(model, x => model.call(x), rand(2, 4));
        Assert.That(result.Relevance.shape, Is.EqualTo(new long[] { 2, 4 }));
        Assert.That(other.Explained, Has.Count.EqualTo(2));
    }

    private sealed class Ones : IAttributor
    {
        public string Name => "ones";

        public AttributionResult Attribute(
            nn.Module model,
            Func<IReadOnlyList<Tensor>, Tensor> forward,
            IReadOnlyList<ModelArgument> arguments,
            Target? target = null,
            IProgress<AttributionProgress>? progress = null,
            CancellationToken cancellationToken = default
        )
        {
            var output = forward([.. arguments.Select(argument => argument.Value)]);
            return new(ones_like(arguments[0].Value), [.. Enumerable.Repeat(0.0, (int)output.shape[0])]);
        }
    }

    private sealed class HalfOfTheGradient() : Attributor("half of the gradient")
    {
        protected override long PassesPerSample(AttributionSlice slice) => 1;

        protected override IReadOnlyList<Tensor> Explain(AttributionSlice slice) => [slice.GradientAt(slice.Input) / 2];
    }

    private sealed class Immediate(Action<AttributionProgress> report) : IProgress<AttributionProgress>
    {
        public void Report(AttributionProgress value) => report(value);
    }
}
