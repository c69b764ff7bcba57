using System.Globalization;
using Lrp.Composites;
using Lrp.Decomposition.Agglomeration;
using Lrp.Decomposition.Families;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>acd's agglomeration of a text, by contextual decomposition and by build-up.</summary>
public sealed class AgglomerationRunner : IGoldenRunner
{
    public IReadOnlyCollection<string> Kinds { get; } = ["agglomeration_1d"];

    public void Run(GoldenCase golden)
    {
        var descriptor = golden.Descriptor;
        if (descriptor.GetProperty("sweep").GetInt32() != 1)
        {
            throw new NotSupportedException("units of several words");
        }

        var model = TextLstm.Load(golden);
        var tokens = golden.Read("input");
        using var scorer = Scorer(descriptor.GetProperty("method").GetString()!, model, tokens);
        var references = descriptor.GetProperty("component_scores").EnumerateArray().ToList();
        var tree = new TextAgglomeration
        {
            Class = descriptor.GetProperty("label").GetInt32(),
            Percentile = descriptor.GetProperty("percentile").GetDouble(),
            SubtractOther = descriptor.GetProperty("subtract").GetBoolean(),
            Absolute = descriptor.GetProperty("absolute").GetBoolean(),
            Steps = references.Count - 1,
        }.Build(scorer, tokens);

        Assert.That(tree.Steps, Has.Count.EqualTo(references.Count), "steps");
        var components = stack(
            tree.Steps.Select(step => tensor(step.Components.Select(number => (long)number).ToArray()))
        );
        var scores = stack(tree.Steps.Select(step => tensor(step.UnitScores.ToArray())));
        golden.AssertClose(components, "components");
        golden.AssertClose(scores, "scores");
        for (var step = 0; step < references.Count; step++)
        {
            foreach (var reference in references[step].EnumerateObject())
            {
                var own = tree.Steps[step].Scores[int.Parse(reference.Name, CultureInfo.InvariantCulture)];
                var expected = reference.Value.GetDouble();
                var score =
                    own[tree.Class] - (descriptor.GetProperty("subtract").GetBoolean() ? own[1 - tree.Class] : 0);
                Assert.That(
                    score,
                    Is.EqualTo(expected).Within(golden.Tolerance * Math.Abs(expected)),
                    $"region {reference.Name} at step {step}"
                );
            }
        }
    }

    /// <summary>acd leaves the label layer's bias out of a region's score; the rest gets it.</summary>
    private static RegionScorer Scorer(string method, TextLstm model, Tensor tokens) =>
        method switch
        {
            "cd" => new ContextualScorer(
                new Composite
                {
                    { typeof(nn.Module), new ContextualDecomposition() },
                    {
                        "hidden_to_label",
                        new ContextualDecomposition { BiasPolicy = new BiasToResidual() }
                    },
                },
                model,
                tokens
            ),
            "build_up" => MaskingScorer.BuildUp(model, tokens, batchDim: 1),
            "occlusion" => MaskingScorer.Occlusion(model, tokens, batchDim: 1),
            _ => throw new NotSupportedException($"the method {method}"),
        };
}
