using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>What an explanation costs beside the plain gradient of one logit a sample, parameters frozen.</summary>
internal sealed class RelevanceCost : ISubject
{
    /// <summary>What explanations are compared with.</summary>
    public const string Plain = "forward and gradient";

    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly Tensor _images;

    /// <param name="network">Makes the network.</param>
    /// <param name="batch">How many images at once.</param>
    /// <param name="size">Their height and width.</param>
    public RelevanceCost(Func<nn.Module<Tensor, Tensor>> network, int batch, int size)
    {
        manual_seed(0);
        _model = network();
        foreach (var parameter in _model.parameters())
        {
            parameter.requires_grad = false;
        }

        _model.eval();
        manual_seed(1);
        _images = randn(batch, 3, size, size);
    }

    /// <summary>Registers the composite of that name, nothing for the plain gradient, and explains once.</summary>
    public Visit Open(string name)
    {
        var registration = name == Plain ? null : MeasuredComposites.Named(name).Register(_model);
        Explain();
        return new Visit(Explain, State: registration);
    }

    public void Dispose()
    {
        _images.Dispose();
        _model.Dispose();
    }

    // One forward pass, and one backward pass from a logit of each sample down to the images.
    private void Explain()
    {
        using var scope = NewDisposeScope();
        var input = _images.detach().requires_grad_();
        var logits = _model.call(input);
        logits.select(1, 0).sum().backward();
        _ = input.grad;
    }
}
