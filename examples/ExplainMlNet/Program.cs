// An ML.NET pipeline reads a picture and runs a network in an ONNX file. The same file, and the numbers that the
// pipeline made of the picture, give the explanation.
using Digits;
using ExplainMlNet;
using Lrp.Attribution;
using Lrp.Composites;
using Lrp.Onnx;
using Lrp.Pictures;
using Microsoft.ML;
using Microsoft.ML.Data;
using Programs;
using static TorchSharp.torch;

var folder = CommandLine.Start(args, "Explains what a network of an ML.NET pipeline says about a picture.");
var network = DigitModel.Write(Path.Combine(folder, "digits.onnx"));
var picture = Path.Combine(folder, "explain-mlnet-input.png");
using (var digits = TestDigits.Load())
{
    InputPicture.Render(digits.First(7)[0]).Save(picture);
}

// ML.NET's own part: the bytes of a picture become numbers from 0 to 1, which the network is given. (ML.NET 5's type
// for images needs SkiaSharp 2, and Lrp.Pictures needs SkiaSharp 3, so the picture is read by Lrp.Pictures.)
var ml = new MLContext(seed: 1);
var data = ml.Data.LoadFromEnumerable([new Photo { Bytes = GreyValues(Picture.Load(picture)) }]);
var pipeline = ml
    .Transforms.CustomMapping<Photo, NetworkInput>(
        (photo, input) => input.Ink = [.. photo.Bytes.Select(grey => grey / 255f)],
        contractName: null
    )
    .Append(
        ml.Transforms.ApplyOnnxModel(
            DigitModel.Output,
            DigitModel.Input,
            network,
            new Dictionary<string, int[]> { [DigitModel.Input] = [1, 1, 28, 28] }
        )
    );
var seen = pipeline.Fit(data).Transform(data);
var scores = seen.GetColumn<float[]>(DigitModel.Output).First();
var pixels = seen.GetColumn<float[]>(DigitModel.Input).First();

// The explanation of these scores.
using var model = OnnxModel.Load(network);
using var x = tensor(pixels, [1, 1, 28, 28]);
using var explanation = model.Explain(x, Presets.EpsilonPlusFlat(), Target.Predicted());
explanation.Save(Path.Combine(folder, "explain-mlnet.png"));

var best = Array.IndexOf(scores, scores.Max());
Console.WriteLine($"ML.NET's pipeline says {best}, with a score of {scores[best]:F4}.");
Console.WriteLine($"The score that is explained is {explanation.Explained[0]:F4}.");
Console.WriteLine($"The relevance of the pixels sums to {explanation.Sums[0]:F4}.");
Console.WriteLine($"explain-mlnet.png is in {folder}.");

static byte[] GreyValues(Picture picture) =>
    [
        .. from y in Enumerable.Range(0, picture.Height)
        from x in Enumerable.Range(0, picture.Width)
        select picture[x, y].R,
    ];
