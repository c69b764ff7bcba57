using Lrp.Analysis.Information;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>The regularization and the loss for a given noise; and an optimum that is one.</summary>
/// <remarks>
/// The reference's σ is that of the luckiest of thousands of single noise samples, so it changes with the seed by
/// factors. What must hold instead: the loss expected at the σ found here is no higher than that at the reference's,
/// and another seed finds the same σ to 15 %, and so the same order of words that differ by more.
/// </remarks>
public sealed class InformationRunner : IGoldenRunner
{
    private const string Linear = "tanh((A[:,None]*x).sum(0) @ B)";
    private const int SamplesOfExpectation = 4096;

    public IReadOnlyCollection<string> Kinds => ["information"];

    public void Run(GoldenCase golden)
    {
        double Value(string name) => golden.Descriptor.GetProperty(name).GetDouble();
        var phi = golden.Descriptor.GetProperty("phi").GetString()!;
        if (phi != Linear)
        {
            throw new NotSupportedException($"Φ '{phi}' is not implemented.");
        }

        Tensor Read(string name) => golden.Read(name).to(ScalarType.Float64);
        var (a, b, x) = (Read("A"), Read("B"), Read("x"));
        var state = HiddenState.OfBatch(embeddings => (a.unsqueeze(-1) * embeddings).sum(1).matmul(b).tanh());
        var regularization = StateRegularization.Calculate([.. Read("samples").unbind(0)], state);
        golden.AssertClose(regularization, "regularization");

        var options = new InformationOptions
        {
            Scale = Value("scale"),
            Rate = Value("rate"),
            LearningRate = Value("lr"),
            Iterations = 1500,
            NoiseSamples = 64,
            Averaging = 200,
        };
        using var information = new SentenceInformation(x, state, Read("regularization"), options);
        golden.AssertClose(information.Loss(Read("ratio"), Read("noise")).reshape(1), "loss");

        information.Optimize();
        var sigma = information.Sigma();
        using var again = new SentenceInformation(x, state, Read("regularization"), options with { Seed = 1 });
        again.Optimize();
        Assert.That(
            sigma.Zip(again.Sigma(), (one, other) => Math.Abs((one / other) - 1)).Max(),
            Is.LessThan(0.15),
            "σ with another seed"
        );

        using var generator = new Generator(1);
        var noise = empty([SamplesOfExpectation, .. x.shape], dtype: ScalarType.Float64).normal_(0, 1, generator);
        double Expected(Tensor values)
        {
            var share = values / options.Scale;
            return information.Loss((share / (1 - share)).log().unsqueeze(1), noise).ToDouble();
        }

        Assert.That(
            Expected(tensor(sigma)),
            Is.LessThanOrEqualTo(Expected(Read("sigma"))),
            "the loss expected at the optimum"
        );
    }
}
