using Lrp.Composites;
using Lrp.Core;
using Lrp.Rules;
using Lrp.Vision;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Benchmarks;

/// <summary>The models and composites that are measured, and one explanation.</summary>
internal static class Explanations
{
    public const string Plain = "plain";

    public static readonly IReadOnlyDictionary<string, Func<nn.Module<Tensor, Tensor>>> Models = new Dictionary<string, Func<nn.Module<Tensor, Tensor>>>
    {
        ["vgg16"] = () => Vgg.Vgg16(),
        ["resnet18"] = () => ResNet.ResNet18(),
    };

    /// <summary>In each, activations and batch norm pass relevance through and average pools share it out (Norm).</summary>
    public static readonly IReadOnlyDictionary<string, Func<Composite>> Composites = new Dictionary<string, Func<Composite>>
    {
        ["Epsilon"] = () => new Composite
        {
            { LayerTypes.Activation, new Pass() },
            { LayerTypes.BatchNorm, new Pass() },
            { LayerTypes.AveragePooling, new Norm() },
            { LayerTypes.Linear, new Epsilon(1e-6) },
        },
        ["EpsilonPlus"] = () => Presets.EpsilonPlus(),
        ["EpsilonPlusFlat"] = () => Presets.EpsilonPlusFlat(),
        ["EpsilonGammaBox"] = () => Presets.EpsilonGammaBox(-3, 3),
        ["EpsilonAlpha2Beta1"] = () => Presets.EpsilonAlpha2Beta1(),
        ["EpsilonAlpha2Beta1Flat"] = () => Presets.EpsilonAlpha2Beta1Flat(),
        ["ExcitationBackprop"] = () => Presets.ExcitationBackprop(),
        ["DeconvNet"] = () => Presets.DeconvNet(),
        ["GuidedBackprop"] = () => Presets.GuidedBackprop(),
        ["BetaSmooth"] = () => Presets.BetaSmooth(),
    };

    /// <summary>A model with random weights, frozen, in evaluation mode.</summary>
    public static nn.Module<Tensor, Tensor> Model(string name)
    {
        manual_seed(0);
        nn.Module<Tensor, Tensor> model = Models[name]();
        foreach (Parameter parameter in model.parameters())
        {
            parameter.requires_grad = false;
        }

        model.eval();
        return model;
    }

    /// <summary>Images (batch, 3, size, size), standard normal.</summary>
    public static Tensor Images(long batch, long size = 224)
    {
        manual_seed(1);
        return randn(batch, 3, size, size);
    }

    /// <summary>One forward pass, and one backward pass of a logit of each sample down to the images.</summary>
    public static void Explain(nn.Module<Tensor, Tensor> model, Tensor images)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor input = images.detach().requires_grad_();
        Tensor logits = model.call(input);
        logits[TensorIndex.Colon, TensorIndex.Single(0)].sum().backward();
        _ = input.grad;
    }

    /// <summary>Registers a composite, or nothing for a plain gradient.</summary>
    public static Registration? Register(string composite, nn.Module<Tensor, Tensor> model) =>
        composite == Plain ? null : Composites[composite]().Register(model);
}
