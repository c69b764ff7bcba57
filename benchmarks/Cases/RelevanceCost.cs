using static TorchSharp.torch;

namespace Lrp.Benchmarks.Cases;

/// <summary>
/// The cost of an explanation, relative to the gradient of one logit per sample with frozen parameters.
/// </summary>
internal sealed class RelevanceCost : ISubject
{
    /// <summary>The baseline.</summary>
    public const string Plain = "forward and gradient";

    private readonly nn.Module<Tensor, Tensor> _model;
    private readonly Tensor _images;

    /// <param name="network">Creates the network.</param>
    /// <param name="batch">The number of images per batch.</param>
    /// <param name="size">The images' height and width.</param>
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

    /// <summary>Registers the named composite (none for the baseline) and explains once.</summary>
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

    // One forward pass, and one backward pass from one logit of each sample to the images.
    private void Explain()
    {
        using var scope = NewDisposeScope();
        var input = _images.detach().requires_grad_();
        var logits = _model.call(input);
        logits.select(1, 0).sum().backward();
        _ = input.grad;
    }
}
