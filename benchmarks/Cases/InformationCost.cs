using Lrp.Analysis.Information;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>
/// The cost of one step of the information loss, for a sentence of 32 words of width 128 and one transformer layer,
/// relative to a forward and backward pass of the layer on as many sentences as there are noise samples.
/// </summary>
internal sealed class InformationCost : ISubject
{
    private const long Words = 32;
    private const long Width = 128;
    private const int Steps = 20;

    private readonly TransformerEncoderLayer _layer;
    private readonly Tensor _batch;
    private readonly SentenceInformation _information;

    /// <param name="samples">The number of noise samples per step.</param>
    public InformationCost(int samples)
    {
        manual_seed(0);
        _layer = nn.TransformerEncoderLayer(Width, 4, 256, 0);
        _layer.eval();
        foreach (var parameter in _layer.parameters())
        {
            parameter.requires_grad = false;
        }

        using var sentence = randn(Words, Width);
        _batch = randn(samples, Words, Width);
        var options = new InformationOptions { NoiseSamples = samples, Iterations = Steps };
        _information = new SentenceInformation(sentence, HiddenState.OfBatch(States), options: options);
    }

    public Visit Open(string name) => new(name == "step" ? () => _information.Optimize() : ForwardAndBackward, Steps);

    public void Dispose()
    {
        _information.Dispose();
        _batch.Dispose();
        _layer.Dispose();
    }

    private Tensor States(Tensor sentences) => _layer.forward(sentences.transpose(0, 1)).transpose(0, 1);

    private void ForwardAndBackward()
    {
        for (var k = 0; k < Steps; k++)
        {
            using var scope = NewDisposeScope();
            var input = _batch.detach().requires_grad_();
            States(input).sum().backward();
        }
    }
}
