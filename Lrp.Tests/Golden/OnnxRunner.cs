using System.Text.Json;
using Lrp.Composites;
using Lrp.Core;
using Lrp.Onnx;
using Lrp.Onnx.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>An ONNX file: its outputs, in its own types and in float64, and its explanations.</summary>
public sealed class OnnxRunner : IGoldenRunner
{
    public IReadOnlyCollection<string> Kinds => ["onnx"];

    public void Run(GoldenCase golden)
    {
        var descriptor = golden.Descriptor;
        var path = Path.Combine(Path.GetDirectoryName(golden.Path)!, descriptor.GetProperty("model").GetString()!);
        string[] names = [.. Strings(descriptor, "outputs")];
        string[] values =
        [
            .. golden
                .Names.Where(name => name.StartsWith("value.", StringComparison.Ordinal))
                .Select(name => name[6..]),
        ];
        using (var model = OnnxModel.Load(path, outputs: [.. names, .. values]))
        using (no_grad())
        {
            AssertOutputs(golden, model, null);
        }

        using (var model = OnnxModel.Load(path, ScalarType.Float64, [.. names, .. values]))
        using (no_grad())
        {
            AssertOutputs(golden, model, ScalarType.Float64);
        }

        if (descriptor.TryGetProperty("explanations", out var explanations))
        {
            foreach (var explanation in explanations.EnumerateArray())
            {
                Explain(golden, path, explanation);
            }
        }
    }

    private static void AssertOutputs(GoldenCase golden, OnnxModel model, ScalarType? type)
    {
        using var scope = NewDisposeScope();
        var outputs = model.call(Inputs(golden, model, type));
        for (var k = 0; k < outputs.Length; k++)
        {
            foreach (var kind in new[] { "output", "value" })
            {
                var name = model.OutputNames[k];
                if (golden.Has($"{kind}.{name}"))
                {
                    AssertClose(golden, outputs[k], $"{kind}.{name}", type is null ? $"onnxruntime.{name}" : null);
                }
            }
        }
    }

    /// <summary>
    /// Holds an output against the reference, which was computed in float64. In float32 a deep network's rounding may
    /// be more than 1e-6: then twice what onnxruntime's result is off by counts, which was computed in float32 too.
    /// </summary>
    private static void AssertClose(GoldenCase golden, Tensor output, string name, string? rounded)
    {
        var reference = golden.Read(name).to_type(ScalarType.Float64);
        if (rounded is not null && golden.Has(rounded) && output.dtype == ScalarType.Float32)
        {
            var off = golden.Read(rounded).to_type(ScalarType.Float64).sub(reference).abs().max().ToDouble();
            var difference = output.to_type(ScalarType.Float64).sub(reference).abs().max().ToDouble();
            if (difference <= 2 * off)
            {
                return;
            }
        }

        golden.AssertClose(output, reference, name);
    }

    private static Tensor[] Inputs(GoldenCase golden, OnnxModel model, ScalarType? type) =>
        [
            .. model.InputNames.Select(name =>
            {
                var input = golden.Read($"input.{name}");
                return type is { } wanted && input.is_floating_point() ? input.to_type(wanted) : input;
            }),
        ];

    private static void Explain(GoldenCase golden, string path, JsonElement explanation)
    {
        using var scope = NewDisposeScope();
        var name = explanation.GetProperty("name").GetString()!;
        var explained = explanation.GetProperty("explained").GetString()!;
        using var model = OnnxModel.Load(path, ScalarType.Float64, [explained]);
        using var registration = Build(explanation, model).Register(model, start: RelevanceStart.Gradient);
        var inputs = Inputs(golden, model, ScalarType.Float64);
        foreach (var input in inputs.Where(input => input.is_floating_point()))
        {
            input.requires_grad_();
        }

        string[] at = [.. Strings(explanation, "at")];
        var recorded = at.Where(value => !model.InputNames.Contains(value))
            .ToDictionary(value => value, value => registration.Record(model.ModuleOf(value)));
        var output = model.call(inputs)[model.OutputNames.ToList().IndexOf(explained)];
        output.backward([golden.Read($"relevance_out.{name}")]);
        registration.ThrowIfFaulted();
        foreach (var value in at)
        {
            var relevance = recorded.TryGetValue(value, out var found)
                ? found.Relevance
                : inputs[model.InputNames.ToList().IndexOf(value)].grad;
            Assert.That(relevance, Is.Not.Null, $"relevance of {value} by {name}");
            golden.AssertClose(relevance!, $"relevance_in.{name}.{value}");
        }
    }

    private static Composite Build(JsonElement explanation, OnnxModel model)
    {
        var arguments = explanation.GetProperty("args");
        var composite = explanation.GetProperty("type").GetString() switch
        {
            "Epsilon" => Presets.Epsilon(arguments.GetProperty("epsilon").GetDouble()),
            "EpsilonPlus" => Presets.EpsilonPlus(),
            "EpsilonPlusFlat" => Presets.EpsilonPlusFlat(),
            "EpsilonAlpha2Beta1" => Presets.EpsilonAlpha2Beta1(),
            "EpsilonAlpha2Beta1Flat" => Presets.EpsilonAlpha2Beta1Flat(),
            "EpsilonGammaBox" => Presets.EpsilonGammaBox(
                arguments.GetProperty("low").GetDouble(),
                arguments.GetProperty("high").GetDouble()
            ),
            "AttnLRP" or "GradientInput" => OnnxPresets.AttnLrp(),
            var other => throw new NotSupportedException($"Explanations of type '{other}' are not implemented."),
        };
        var isUniform = explanation.TryGetProperty("product", out var product) && product.GetString() == "uniform";
        return OnnxPresets.Complete(
            isUniform ? new Composite { { typeof(Product), LrpRule.UniformEpsilon(0) }, composite } : composite,
            model
        );
    }

    private static IEnumerable<string> Strings(JsonElement element, string name) =>
        element.GetProperty(name).EnumerateArray().Select(each => each.GetString()!);
}
