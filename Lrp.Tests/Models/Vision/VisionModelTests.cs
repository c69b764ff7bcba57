using Lrp.Checkpoints;
using Lrp.Models.Vision;
using Lrp.Tests.Examples;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Vision;

/// <summary>torchvision's networks by their names.</summary>
[TestFixture]
public sealed class VisionModelTests
{
    /// <summary>The numbers that torchvision's documentation has.</summary>
    [TestCase("densenet121", 7_978_856)]
    [TestCase("densenet161", 28_681_000)]
    [TestCase("densenet169", 14_149_480)]
    [TestCase("densenet201", 20_013_928)]
    [TestCase("efficientnet_b0", 5_288_548)]
    [TestCase("efficientnet_b1", 7_794_184)]
    [TestCase("efficientnet_b2", 9_109_994)]
    [TestCase("efficientnet_b3", 12_233_232)]
    [TestCase("efficientnet_b4", 19_341_616)]
    [TestCase("efficientnet_b5", 30_389_784)]
    [TestCase("efficientnet_v2_s", 21_458_488)]
    [TestCase("regnet_y_400mf", 4_344_144)]
    [TestCase("regnet_y_800mf", 6_432_512)]
    [TestCase("regnet_y_1_6gf", 11_202_430)]
    [TestCase("regnet_y_3_2gf", 19_436_338)]
    [TestCase("regnet_x_400mf", 5_495_976)]
    [TestCase("regnet_x_800mf", 7_259_656)]
    [TestCase("regnet_x_1_6gf", 9_190_136)]
    [TestCase("regnet_x_3_2gf", 15_296_552)]
    [TestCase("convnext_tiny", 28_589_128)]
    [TestCase("vit_b_16", 86_567_656)]
    [TestCase("vit_b_32", 88_224_232)]
    [TestCase("swin_t", 28_288_354)]
    [TestCase("swin_s", 49_606_258)]
    public void ANetworkHasAsManyParametersAsTorchvisions(string name, long expected)
    {
        using var network = VisionModel.Create(name);

        Assert.That(network.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(expected));
    }

    [TestCase("densenet121", "features.denseblock4.denselayer16.conv2.weight")]
    [TestCase("efficientnet_b0", "features.1.0.block.1.fc1.weight")]
    [TestCase("efficientnet_v2_s", "features.2.0.block.0.0.weight")]
    [TestCase("regnet_y_400mf", "trunk_output.block1.block1-0.f.se.fc2.bias")]
    [TestCase("convnext_tiny", "features.1.0.layer_scale")]
    [TestCase("vit_b_32", "encoder.layers.encoder_layer_11.self_attention.in_proj_bias")]
    [TestCase("swin_t", "features.1.0.attn.relative_position_index")]
    public void TheNamesInTheStateDictAreTorchvisions(string name, string key)
    {
        using var network = VisionModel.Create(name);

        Assert.That(network.state_dict(), Contains.Key(key));
    }

    [Test]
    public void AnUnknownNameIsAnsweredWithThoseThatAreKnown() =>
        Assert.That(
            () => VisionModel.Create("resnet50"),
            Throws.ArgumentException.With.Message.Contains("densenet121").And.Message.Contains("package TorchVision")
        );

    [Test]
    public void WeightsAreLoadedByTheirNamesAndOldNamesOfDenseNetToo()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var saved = VisionModel.Create("densenet121", classes: 3);
        var old = saved
            .state_dict()
            .Where(entry => !entry.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key.Replace("layer1.norm1.", "layer1.norm.1."), entry => entry.Value);
        SafetensorsFile.Save(folder.Of("old.safetensors"), old);

        using var loaded = VisionModel.Load("densenet121", folder.Of("old.safetensors"), classes: 3);

        saved.eval();
        var image = rand(1, 3, 64, 64);
        Assert.That(loaded.call(image).equal(saved.call(image)).all().ToBoolean());
    }

    [TestCase("module.")]
    [TestCase("_orig_mod.")]
    [TestCase("module._orig_mod.")]
    public void WeightsOfAWrappedModelAreLoaded(string wrapper)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var saved = VisionModel.Create("regnet_x_400mf", classes: 3);
        var wrapped = saved.state_dict().ToDictionary(entry => wrapper + entry.Key, entry => entry.Value);
        SafetensorsFile.Save(folder.Of("wrapped.safetensors"), wrapped);

        using var loaded = VisionModel.Load("regnet_x_400mf", folder.Of("wrapped.safetensors"), classes: 3);

        Assert.That(loaded.state_dict()["fc.weight"].equal(saved.state_dict()["fc.weight"]).all().ToBoolean());
    }

    [Test]
    public void AFileOfAnotherNetworkIsRefusedWithTheNames()
    {
        using var folder = new TemporaryFolder();
        using var one = tensor(new[] { 1f });
        SafetensorsFile.Save(folder.Of("other.safetensors"), new Dictionary<string, Tensor> { ["conv9.weight"] = one });

        Assert.That(
            () => VisionModel.Load("regnet_x_400mf", folder.Of("other.safetensors")),
            Throws
                .TypeOf<CheckpointException>()
                .With.Message.Contains("conv9.weight")
                .And.Message.Contains("stem.0.weight")
        );
    }

    [Test]
    public void AnImageWithoutABatchIsRefused()
    {
        using var network = VisionModel.Create("regnet_x_400mf");
        using var image = rand(3, 64, 64);

        Assert.That(() => network.call(image), Throws.ArgumentException.With.Message.Contains("N × 3 × H × W"));
    }
}
