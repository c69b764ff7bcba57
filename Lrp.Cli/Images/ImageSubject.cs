using Lrp.Attribution;
using Lrp.Attribution.Evaluation;
using Lrp.Pictures;
using static TorchSharp.torch;

namespace Lrp.Cli.Images;

/// <summary>A photograph, the network that looks at it, and the class that is explained.</summary>
internal sealed class ImageSubject : IDisposable
{
    private const int Shown = 5;
    private readonly Target _target;

    public ImageSubject(ImageModel model, string photo, string? target, string? against)
    {
        Model = model;
        Photo = model.Format.Load(photo);
        Input = model.Format.ToTensor(Photo);
        using var scope = NewDisposeScope();
        using var inference = no_grad();
        var logits = model.Forward(Input);
        if (logits.dim() != 2)
        {
            throw new BadInputException(
                $"{model.Name} is no classifier: its output is {ShapeText.Of(logits.shape)}, and N × classes is needed."
            );
        }

        var classes = logits.shape[1];
        var scores = logits[0].to(ScalarType.Float64).cpu();
        var probabilities = nn.functional.softmax(scores, 0);
        var best = scores.argsort(descending: true).data<long>().Take(Shown).ToArray();
        var explained = target is null ? best[0] : model.ClassOf(target, classes);
        var other = against is null ? (long?)null : model.ClassOf(against, classes);
        long[] named = [explained, other ?? explained];
        Predictions = [.. best.Union(named).Select(k => (model.LabelOf(k), probabilities[k].item<double>()))];
        _target = other is { } compared ? Target.Difference(explained, compared) : Target.Class(explained);
        TargetName =
            model.LabelOf(explained) + (other is { } index ? $" against {model.LabelOf(index)}" : string.Empty);
        Score = scores[explained].item<double>() - (other is { } less ? scores[less].item<double>() : 0);
    }

    /// <summary>The network.</summary>
    public ImageModel Model { get; }

    /// <summary>The photograph as the network gets it.</summary>
    public Picture Photo { get; }

    /// <summary>The same as a tensor, 1 × 3 × H × W.</summary>
    public Tensor Input { get; }

    /// <summary>The most probable classes, and those that are explained.</summary>
    public IReadOnlyList<(string Label, double Probability)> Predictions { get; }

    /// <summary>What is explained.</summary>
    public string TargetName { get; }

    /// <summary>Its score, or the difference of two.</summary>
    public double Score { get; }

    /// <summary>Explains the score by the pixels, or by the places of a layer's output.</summary>
    /// <param name="method">The method.</param>
    /// <param name="layer">The name of a module; null for the pixels.</param>
    /// <param name="progress">Receives the part that is done.</param>
    /// <returns>The relevance of each place, and of each channel of it.</returns>
    public ImageExplanation Explain(ImageMethod method, string? layer, IProgress<double> progress)
    {
        using var scope = NewDisposeScope();
        return new ImageExplanation(
            this,
            method.Name,
            layer,
            layer is null ? OfPixels(method, progress) : OfLayer(method, layer)
        );
    }

    /// <summary>Removes pixels in the order of their relevance, and measures the score.</summary>
    public FlippingCurves Flip(ImageExplanation explanation, int steps, IProgress<double> progress)
    {
        using var scope = NewDisposeScope();
        var relevance = explanation.ToTensor().view(1, 1, explanation.Height, explanation.Width).expand_as(Input);
        return new PixelFlipping { Steps = steps, ChunkSize = 8 }.Evaluate(
            Model.Module,
            inputs => Model.Forward(inputs[0]),
            [Input],
            relevance,
            _target,
            new Progress(progress)
        );
    }

    public void Dispose()
    {
        Input.Dispose();
        Model.Dispose();
    }

    private Tensor OfPixels(ImageMethod method, IProgress<double> progress)
    {
        using var result = method
            .For(Model)
            .Attribute(Model.Module, Model.Forward, Input, _target, new Progress(progress));
        return result.Relevance[0].MoveToOuterDisposeScope();
    }

    private Tensor OfLayer(ImageMethod method, string layer)
    {
        if (method.Composite is not { } composite)
        {
            throw new BadInputException(
                $"--layer needs a method with rules for layers, such as epsilon-plus-flat; {method.Name} has none."
            );
        }

        using var registration = Model.Complete(composite(Model)).Register(Model.Module);
        using var recorded = registration.Record(layer);
        using var input = Input.detach().clone().requires_grad_();
        _target.ScoreOf(Model.Forward(input)).sum().backward();
        registration.ThrowIfFaulted();
        var relevance = recorded.Relevance ?? throw new BadInputException($"No relevance reaches the layer '{layer}'.");
        return relevance.dim() == 4
            ? relevance[0].clone()
            : throw new BadInputException(
                $"The layer '{layer}' has an output of {ShapeText.Of(relevance.shape)}, which is no map: take a layer "
                    + "of N × C × H × W."
            );
    }

    /// <summary>Reports the part that is done.</summary>
    private sealed class Progress(IProgress<double> to) : IProgress<AttributionProgress>
    {
        public void Report(AttributionProgress value) => to.Report(value.Fraction);
    }
}
