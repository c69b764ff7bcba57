using Lrp.Composites;
using Lrp.Core;
using Lrp.Core.Linear;
using Lrp.Core.Registrations;
using Lrp.Rules;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Rules;

/// <summary>What holds for rules on every network of linear layers and ReLUs, tried on random ones.</summary>
/// <remarks>
/// A failure prints CsCheck's seed and the smallest case found. The variable <c>CsCheck_Iter</c> with a larger number
/// than
/// 100 looks at as many new networks, <c>CsCheck_Seed</c> starts a search again; the printed case runs alone as a
/// <c>[TestCase]</c> of the test's neighbour.
/// </remarks>
[TestFixture]
public sealed class RulePropertyTests
{
    private static readonly Dictionary<string, BackwardRule> Defined = new()
    {
        ["z+"] = new ZPlus(),
        ["z+ without bias"] = new ZPlus(excludeBias: true),
        ["alpha beta"] = new AlphaBeta(),
        ["alpha 1"] = new AlphaBeta(1, 0),
        ["gamma"] = new Gamma(),
        ["gamma without bias"] = new Gamma(0.5, excludeBias: true),
        ["z box"] = new ZBox(-3, 3),
        ["w square"] = new WSquare(),
        ["flat"] = new Flat(),
    };

    /// <summary>
    /// Rules that lose nothing where outputs are positive and biases absent. Not alpha-beta with beta above zero, which
    /// has nothing to take away where no contribution is negative, nor flat and w², which hand relevance to units that
    /// are off.
    /// </summary>
    private static readonly Dictionary<string, BackwardRule> Conserving = new()
    {
        ["0"] = new Lrp0(),
        ["z+"] = new ZPlus(stabilizer: 0),
        ["alpha 1"] = new AlphaBeta(1, 0, stabilizer: 0),
        ["gamma"] = new Gamma(stabilizer: 0),
    };

    [Test]
    public void RelevanceIsThatOfTheDefinition() =>
        LinearNetworkCase.Random([.. Defined.Keys], biases: true).Check(ThrowUnlessAsDefined);

    [TestCase(
        """{"Shape":[2,3],"Seed":1,"Sign":0,"Layers":[{"Rule":"gamma","Transposed":false,"Channels":4,"Kernel":[],"Stride":[],"Padding":[],"Dilation":[],"Groups":1,"Bias":true}]}"""
    )]
    public void RelevanceIsThatOfTheDefinitionOn(string @case) =>
        Assert.That(() => ThrowUnlessAsDefined(LinearNetworkCase.Parse(@case)), Throws.Nothing);

    [Test]
    public void RelevanceIsConservedWithoutBiases() =>
        LinearNetworkCase.Random([.. Conserving.Keys], biases: false).Check(ThrowUnlessConserved);

    [TestCase(
        """{"Shape":[2,2,5],"Seed":1,"Sign":0,"Layers":[{"Rule":"z+","Transposed":true,"Channels":2,"Kernel":[2],"Stride":[2],"Padding":[0],"Dilation":[1],"Groups":2,"Bias":false}]}"""
    )]
    public void RelevanceIsConservedWithoutBiasesOn(string @case) =>
        Assert.That(() => ThrowUnlessConserved(LinearNetworkCase.Parse(@case)), Throws.Nothing);

    private static void ThrowUnlessAsDefined(LinearNetworkCase @case)
    {
        using var scope = NewDisposeScope();
        using var network = Network(@case);
        using var registration = Register(network, @case, Defined, RelevanceStart.Gradient);
        var input = Input(@case).requires_grad_();
        var output = network.call(input);
        var start = randn_like(output);
        output.backward([start]);
        registration.ThrowIfFaulted();

        var expected = Definition(@case, input.detach(), start);
        var difference = (input.grad! - expected).abs().max().ToDouble();
        if (!(difference <= 1e-9 * Math.Max(1, expected.abs().max().ToDouble())))
        {
            throw new InvalidOperationException($"the relevance is off by {difference:g3}");
        }
    }

    private static void ThrowUnlessConserved(LinearNetworkCase @case)
    {
        using var scope = NewDisposeScope();
        using var network = Network(@case);
        using var registration = Register(network, @case, Conserving, RelevanceStart.OutputTimesGradient);
        var input = Input(@case).requires_grad_();
        var output = network.call(input);
        output.sum().backward();
        registration.ThrowIfFaulted();

        var difference = (PerSample(input.grad!) - PerSample(output.detach())).abs();
        if (!difference.le(PerSample(input.grad!.abs()) * 1e-9).all().ToBoolean())
        {
            throw new InvalidOperationException($"a sample's relevance is off by {difference.max().ToDouble():g3}");
        }
    }

    private static Tensor PerSample(Tensor relevance) => relevance.flatten(1).sum(1);

    private static Registration Register(
        nn.Module network,
        LinearNetworkCase @case,
        IReadOnlyDictionary<string, BackwardRule> rules,
        RelevanceStart start
    )
    {
        var composite = new Composite();
        for (var k = 0; k < @case.Layers.Length; k++)
        {
            composite.Add($"{2 * k}", rules[@case.Layers[k].Rule]);
        }

        return composite.Register(network, start: start);
    }

    private static Tensor Input(LinearNetworkCase @case)
    {
        manual_seed(@case.Seed);
        var input = randn(@case.Shape, ScalarType.Float64);
        return @case.Sign switch
        {
            InputSign.Positive => input.abs(),
            InputSign.Negative => -input.abs(),
            _ => input,
        };
    }

    private static nn.Module<Tensor, Tensor> Network(LinearNetworkCase @case)
    {
        var modules = new List<nn.Module<Tensor, Tensor>>();
        var shape = @case.Shape;
        for (var k = 0; k < @case.Layers.Length; k++)
        {
            modules.Add(@case.Layers[k].Create(shape, @case.Seed + k));
            modules.Add(nn.ReLU());
            shape = @case.Layers[k].After(shape);
        }

        return nn.Sequential(modules);
    }

    /// <summary>Each layer's rule by its definition, from the last layer to the first.</summary>
    private static Tensor Definition(LinearNetworkCase @case, Tensor input, Tensor start)
    {
        var inputs = new List<Tensor> { input };
        var outputs = new List<Tensor>();
        for (var k = 0; k < @case.Layers.Length; k++)
        {
            using var layer = @case.Layers[k].Create(inputs[k].shape, @case.Seed + k);
            outputs.Add(layer.call(inputs[k]).detach());
            inputs.Add(outputs[k].relu());
        }

        var relevance = start;
        for (var k = @case.Layers.Length - 1; k >= 0; k--)
        {
            var (layer, from, seed) = (@case.Layers[k], inputs[k], @case.Seed + k);
            relevance = DefinitionOfLinearRules.Relevance(
                (LinearRule)Defined[layer.Rule],
                () => layer.Create(from.shape, seed),
                from,
                relevance * outputs[k].gt(0)
            );
        }

        return relevance;
    }
}
