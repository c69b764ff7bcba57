// Explains what a network in an ONNX file says about any input. Without a file, the network of examples/Digits is
// written as one, and explains a seven.
using Digits;
using ExplainOnnx;
using Lrp.Attribution;
using Lrp.Composites;
using Lrp.Onnx;
using Lrp.Onnx.Format;
using Programs;
using TorchSharp.Modules;
using static TorchSharp.torch;

var options = Options.Read(args);
try
{
    using var scope = NewDisposeScope();
    using var model = OnnxModel.Load(options.Model ?? DigitModel.Write(Path.Combine(options.Out, "digits.onnx")));
    var inputs = options.Model is null
        ? [new ModelArgument(TestDigits.Load().First(7), model.InputNames[0])]
        : new ModelInputs(model, options).Read();

    // Networks with convolutions have their own presets; all others are explained as transformers are.
    var isConvolutional = model.named_modules().Any(entry => entry.module is Convolution);
    var composite = isConvolutional ? Presets.EpsilonPlusFlat() : OnnxPresets.AttnLrp();
    var target = options.Target is { } index ? Target.Class(index) : Target.Predicted;
    using var explanation = model.Explain(inputs, composite, target);

    var table = new MarkdownTable().Texts("input", "shape").Numbers("sum of relevance");
    foreach (var input in explanation.Inputs)
    {
        var shape = string.Join(" × ", input.Relevance.shape);
        table.Add(input.Name, shape, $"{input.Relevance.sum().to(ScalarType.Float64).item<double>():G5}");
    }

    Console.WriteLine(
        $"{(isConvolutional ? "EpsilonPlusFlat" : "AttnLRP")} for {target} of '{model.ExplainedName}', "
            + $"{explanation.Explained[0]:G5}:"
    );
    Console.WriteLine(table);
    string[] names = ["explain-onnx.png", "explain-onnx.html", "explain-onnx.json"];
    foreach (var name in names)
    {
        explanation.Save(Path.Combine(options.Out, name));
    }

    Console.WriteLine($"{string.Join(", ", names)} are in {options.Out}.");
}
catch (Exception refused) when (refused is ArgumentException or OnnxException)
{
    CommandLine.Refuse(refused.Message);
}
