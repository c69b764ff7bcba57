// One composite, one backward pass, one heatmap: the shortest way from a model to relevance.
using Digits;
using Lrp.Composites;
using Lrp.Core;
using Lrp.Pictures;
using Lrp.Rules;
using Programs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

string folder = CommandLine.Start(args, "One composite, one backward pass, one heatmap: the shortest way from a model to relevance.");
using DigitsNetwork model = DigitsNetwork.Pretrained();
using TestDigits digits = TestDigits.Load();

var composite = new Composite
{
    { "features.0", new Flat() },            // the first layer by its name: pixels share alike
    { typeof(Conv2d), new ZPlus() },         // the other convolutions: only what speaks for
    { typeof(Linear), new Epsilon(1e-6) },   // dense layers: for and against
    { typeof(ReLU), new Pass() },            // activations hand on what they get
};
using Registration registration = composite.Register(model);

// The relevance inside the network can be kept as well, here where the second convolution's activations come out.
using RecordedRelevance inside = registration.Record("features.4");

Tensor x = digits.First(7).requires_grad_();
Tensor logits = model.call(x);
long target = logits.argmax(1).item<long>();
logits[0, target].backward();
Tensor relevance = x.grad!;

Console.WriteLine(registration.Describe());
Console.WriteLine($"The network says {DigitsNetwork.Labels[(int)target]}, with a logit of {logits[0, target].item<float>():F4}.");
ConservationReport conservation = registration.Conservation();
Console.WriteLine($"The relevance of the 784 pixels sums to {relevance.sum().item<float>():F4}; where the rest of the logit went:");
Console.WriteLine();
Console.WriteLine(conservation);

var options = new HeatmapOptions { PixelSize = 8, ClipPercentile = 99.5 };
Picture input = InputPicture.Render(x[0]);
PictureGrid.Arrange(
    [input.Enlarge(8), Heatmap.Render(relevance[0], options), Heatmap.Overlay(input, relevance[0], options)],
    columns: 3,
    gap: 8).Save(Path.Combine(folder, "register-and-backward.png"));

// Thirty-two channels of 14 x 14: which of them carried the seven?
Tensor channels = inside.Relevance![0];
PictureGrid.Arrange(
    Heatmap.RenderBatch(channels, new HeatmapOptions { PixelSize = 6, SharedScale = true, ClipPercentile = 99.5 }),
    columns: 8,
    gap: 4,
    background: Rgb.Hex(0xd0d0d0)).Save(Path.Combine(folder, "register-and-backward-inside.png"));

Console.WriteLine($"register-and-backward.png (input, relevance, overlay) and register-and-backward-inside.png (relevance of 32 channels) are in {folder}.");
