using System.Text.Json;
using Lrp.Composites;
using Lrp.Composites.Canonizers;
using Lrp.Core;
using Lrp.Rules;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>Builds rules and composites from the descriptors' names, which are zennit's and LXT's.</summary>
public static class RuleBuilder
{
    /// <summary>A rule, with the defaults of the implementation that the case comes from.</summary>
    public static BackwardRule BuildRule(JsonElement rule)
    {
        var arguments = new Arguments(rule);
        var type = rule.GetProperty("type").GetString()!;
        var excludeBias = arguments.ExcludesBias();
        var stabilizer = arguments.Number("stabilizer", 1e-6);
        return type switch
        {
            "Epsilon" => new Epsilon(arguments.Number("epsilon", 1e-6), excludeBias),
            "Norm" => new Norm(stabilizer),
            "Gamma" => new Gamma(arguments.Number("gamma", 0.25), stabilizer, excludeBias),
            "ZPlus" => new ZPlus(stabilizer, excludeBias),
            "AlphaBeta" => new AlphaBeta(
                arguments.Number("alpha", 2),
                arguments.Number("beta", 1),
                stabilizer,
                excludeBias
            ),
            "ZBox" => new ZBox(arguments.Values("low"), arguments.Values("high"), stabilizer, excludeBias),
            "WSquare" => new WSquare(stabilizer, excludeBias),
            "Flat" => new Flat(stabilizer),
            "Pass" => new Pass(),
            "ReLUDeconvNet" => new DeconvNet(),
            "ReLUGuidedBackprop" => new GuidedBackprop(),
            "ReLUBetaSmooth" => new BetaSmooth(arguments.Number("beta_smooth", 10)),
            "Identity" => new Identity(),
            "StopRelevance" => new StopRelevance(),
            "Uniform" => new Uniform(),
            "UniformEpsilon" => new UniformEpsilon(arguments.Number("epsilon", 1e-6)),
            _ => throw new NotSupportedException($"There is no rule {type}."),
        };
    }

    /// <summary>A preset with canonizers.</summary>
    public static Composite BuildComposite(JsonElement composite, IReadOnlyList<ICanonizer> canonize)
    {
        var arguments = new Arguments(composite);
        var type = composite.GetProperty("type").GetString()!;
        var excludeBias = arguments.ExcludesBias();
        var epsilon = arguments.Number("epsilon", 1e-6);
        var stabilizer = arguments.Number("stabilizer", 1e-6);
        return type switch
        {
            "Epsilon" => Presets.Epsilon(epsilon, stabilizer, excludeBias, canonize),
            "EpsilonPlus" => Presets.EpsilonPlus(epsilon, stabilizer, excludeBias, canonize),
            "EpsilonPlusFlat" => Presets.EpsilonPlusFlat(epsilon, stabilizer, excludeBias, canonize),
            "EpsilonAlpha2Beta1" => Presets.EpsilonAlpha2Beta1(epsilon, stabilizer, excludeBias, canonize),
            "EpsilonAlpha2Beta1Flat" => Presets.EpsilonAlpha2Beta1Flat(epsilon, stabilizer, excludeBias, canonize),
            "EpsilonGammaBox" => Presets.EpsilonGammaBox(
                arguments.Values("low"),
                arguments.Values("high"),
                epsilon,
                arguments.Number("gamma", 0.25),
                stabilizer,
                excludeBias,
                canonize
            ),
            "ExcitationBackprop" => Presets.ExcitationBackprop(stabilizer, excludeBias, canonize),
            "DeconvNet" => Presets.DeconvNet(canonize),
            "GuidedBackprop" => Presets.GuidedBackprop(canonize),
            "BetaSmooth" => Presets.BetaSmooth(arguments.Number("beta_smooth", 10), canonize),
            _ => throw new NotSupportedException($"There is no composite {type}."),
        };
    }

    /// <summary>Canonizers by their names.</summary>
    /// <param name="canonizers">A list of names.</param>
    /// <param name="keepEpsilon">Whether a merged normalisation keeps its ε, as in zennit 0.5.1.</param>
    public static IReadOnlyList<ICanonizer> BuildCanonizers(JsonElement canonizers, bool keepEpsilon) =>
        [
            .. canonizers
                .EnumerateArray()
                .Select(canonizer =>
                    canonizer.GetString() switch
                    {
                        "MergeBatchNorm" or "SequentialMergeBatchNorm" => new MergeBatchNorm(keepEpsilon),
                        var name => throw new NotSupportedException($"There is no canonizer {name}."),
                    }
                ),
        ];

    private sealed class Arguments(JsonElement owner)
    {
        public double Number(string name, double? missing = null) =>
            owner.TryGetProperty("args", out var given) && given.TryGetProperty(name, out var value)
                ? value.GetDouble()
                : missing ?? throw new NotSupportedException($"The argument {name} is missing.");

        /// <summary>A number, or nested lists of them.</summary>
        public Tensor Values(string name)
        {
            var value = owner.GetProperty("args").GetProperty(name);
            var shape = new List<long>();
            for (var level = value; level.ValueKind == JsonValueKind.Array; level = level[0])
            {
                shape.Add(level.GetArrayLength());
            }

            return tensor(Flatten(value).ToArray(), shape.ToArray(), ScalarType.Float64);
        }

        private static IEnumerable<double> Flatten(JsonElement value) =>
            value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().SelectMany(Flatten) : [value.GetDouble()];

        public bool ExcludesBias()
        {
            if (
                !owner.TryGetProperty("args", out var given)
                || !given.TryGetProperty("zero_params", out var names)
                || names.ValueKind == JsonValueKind.Null
            )
            {
                return false;
            }

            var excluded =
                names.ValueKind == JsonValueKind.Array
                    ? names.EnumerateArray().Select(name => name.GetString()).ToArray()
                    : [names.GetString()];
            return excluded.All(name => name == "bias")
                ? excluded.Length > 0
                : throw new NotSupportedException("Only the bias can be left out.");
        }
    }
}
