// The shortest way from a model to relevance: one composite, one backward pass, one heatmap.
using Digits;
using Lrp.Composites;
using Lrp.Pictures;
using Lrp.Rules;
using Programs;
using TorchSharp.Modules;

var folder = CommandLine.Start(
    args,
    "The shortest way from a model to relevance: one composite, one backward pass, one heatmap."
);
using var model = DigitsNetwork.Pretrained();
using var digits = TestDigits.Load();

var composite = new Composite
{
    { "features.0", new Flat() }, // the first layer, by its name: all pixels get the same
    { typeof(Conv2d), new ZPlus() }, // the other convolutions: only positive contributions
    { typeof(Linear), new Epsilon(1e-6) }, // dense layers: positive and negative contributions
    { typeof(ReLU), new Pass() }, // activations pass relevance on unchanged
};
using var registration = composite.Register(model);

// Relevance inside the network can be recorded too, here at the output of the second convolution's activation.
using var inside = registration.Record("features.4");

var x = digits.First(7).requires_grad_();
var logits = model.call(x);
var target = logits.argmax(1).item<long>();
logits[0, target].backward();
var relevance = x.grad!;

Console.WriteLine(registration.Describe());
Console.WriteLine(
    $"The network predicts {DigitsNetwork.Labels[(int)target]}, with a logit of {logits[0, target].item<float>():F4}."
);
var conservation = registration.Conservation();
Console.WriteLine(
    $"The relevance of the 784 pixels sums to {relevance.sum().item<float>():F4}. These layers keep the rest:"
);
Console.WriteLine();
Console.WriteLine(conservation);

var options = new HeatmapOptions { PixelSize = 8, ClipPercentile = 99.5 };
var input = InputPicture.Render(x[0]);
PictureGrid
    .Arrange(
        [input.Enlarge(8), Heatmap.Render(relevance[0], options), Heatmap.Overlay(input, relevance[0], options)],
        columns: 3,
        gap: 8,
        labels: new GridLabels
        {
            Columns = [$"input, predicted {DigitsNetwork.Labels[(int)target]}", "relevance", "overlay"],
        }
    )
    .Save(Path.Combine(folder, "register-and-backward.png"));

// Thirty-two channels of 14 x 14 values: the relevance of each channel for the seven.
var channels = inside.Relevance![0];
PictureGrid
    .Arrange(
        Heatmap.RenderBatch(
            channels,
            new HeatmapOptions
            {
                PixelSize = 6,
                SharedScale = true,
                ClipPercentile = 99.5,
            }
        ),
        columns: 8,
        gap: 4,
        background: Rgb.Hex(0xd0d0d0),
        labels: new GridLabels
        {
            Columns = [.. Enumerable.Range(0, 8).Select(column => $"+ {column}")],
            Rows = [.. Enumerable.Range(0, 4).Select(row => $"channel {8 * row}")],
        }
    )
    .Save(Path.Combine(folder, "register-and-backward-inside.png"));

Console.WriteLine(
    $"register-and-backward.png (input, relevance, overlay) and register-and-backward-inside.png (relevance of 32 "
        + $"channels) are in {folder}."
);
