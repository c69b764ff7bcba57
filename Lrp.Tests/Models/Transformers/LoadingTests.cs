using Lrp.Checkpoints;
using Lrp.Models.Transformers;
using Lrp.Models.Transformers.Configurations;
using static TorchSharp.torch;

namespace Lrp.Tests.Models.Transformers;

/// <summary>A model from its folder.</summary>
[TestFixture]
public sealed class LoadingTests
{
    [Test]
    public void ParametersHaveTheElementTypeThatWasAskedFor()
    {
        using var model = Transformer.Load(Folders.Of("llama-0"), ScalarType.BFloat16);
        Assert.That(model.parameters().Select(parameter => parameter.dtype), Is.All.EqualTo(ScalarType.BFloat16));
    }

    [Test]
    public void WithoutAWishTheyHaveSinglePrecision()
    {
        using var single = Transformer.Load(Folders.Of("llama-0"));
        using var half = Transformer.Load(Folders.Of("qwen2-0"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(single.Dtype, Is.EqualTo(ScalarType.Float32));
            Assert.That(half.Dtype, Is.EqualTo(ScalarType.Float32), "the checkpoint has bfloat16");
        }
    }

    [TestCase("gpt2-0", "lm_head.weight")]
    [TestCase("gemma2-0", "lm_head.weight")]
    public void ATableOfWordsThatIsStoredAsTheOutputLayerTooIsRead(string name, string output)
    {
        using var folder = Folders.Copy(name);
        Restore(
            folder,
            weights => weights.Append(KeyValuePair.Create(output, weights.MaxBy(entry => entry.Value.numel()).Value))
        );
        using var model = Transformer.Load(folder.FullPath);
        Assert.That(model.Configuration.Head!.IsTied, Is.True);
    }

    [Test]
    public void WholeNumbersAreNoWeights()
    {
        using var folder = Folders.Copy("llama-0");
        Restore(
            folder,
            weights => weights.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.to_type(ScalarType.Int8)))
        );
        Assert.That(
            () => Transformer.Load(folder.FullPath),
            Throws.InstanceOf<FormatException>().With.Message.Contains("whole numbers")
        );
    }

    [TestCase("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 1000000000", "1000000000 blocks")]
    [TestCase("\"num_attention_heads\": 4", "\"num_attention_heads\": 0", "config.json")]
    [TestCase("\"num_attention_heads\": 4", "\"num_attention_heads\": -4", "config.json")]
    [TestCase("\"vocab_size\": 90", "\"vocab_size\": 1000000000000", "1000000000000 words")]
    [TestCase(
        "\"vocab_size\": 90",
        "\"vocab_size\": 90, \"quantization_config\": { \"quant_method\": \"gptq\" }",
        "gptq"
    )]
    [TestCase("\"vocab_size\": 90", "\"vocab_size\": 90, \"rope_scaling\": \"linear\"", "rope_scaling")]
    public void AConfigurationThatCannotBeIsRefusedBeforeAnythingIsMade(string from, string to, string named)
    {
        using var folder = Folders.Copy("llama-0");
        folder.Edit(from, to);
        Assert.That(() => Transformer.Load(folder.FullPath), Throws.Exception.With.Message.Contains(named));
    }

    [Test]
    public void AnElementTypeThatIsNoFloatingPointIsRefused() =>
        Assert.That(
            () => Transformer.Load(Folders.Of("llama-0"), ScalarType.Int32),
            Throws.ArgumentException.With.Message.Contains("Float32").And.Message.Contains("Int32")
        );

    [Test]
    public void PartsWithoutTheirIndexAreNamed()
    {
        using var folder = Folders.Copy("llama-0");
        File.Move(folder.Of("model.safetensors"), folder.Of("model-00001-of-00002.safetensors"));
        Assert.That(
            () => Transformer.Load(folder.FullPath),
            Throws.InstanceOf<FormatException>().With.Message.Contains("model.safetensors.index.json")
        );
    }

    [Test]
    public void APointerOfGitLfsIsNamed()
    {
        using var folder = Folders.Copy("llama-0");
        File.WriteAllText(folder.Of("model.safetensors"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
        Assert.That(
            () => Transformer.Load(folder.FullPath),
            Throws.InstanceOf<FormatException>().With.Message.Contains("git lfs pull")
        );
    }

    [Test]
    public void AFileOfAFolderIsNoModel() =>
        Assert.That(
            () => Transformer.Load(Path.Combine(Folders.Of("llama-0"), "model.safetensors")),
            Throws.ArgumentException.With.Message.Contains("give the folder")
        );

    [Test]
    public void ParametersRequireNoGradientAndTheModelIsInEvaluationMode()
    {
        using var model = Folders.Load("bert-0");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.parameters().Any(parameter => parameter.requires_grad), Is.False);
            Assert.That(model.training, Is.False);
        }
    }

    [Test]
    public void TheConfigurationSaysWhatTheModelIs()
    {
        using var model = Folders.Load("bert-1");
        var configuration = model.Configuration;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(configuration.ModelType, Is.EqualTo("bert"));
            Assert.That(configuration.Task, Is.EqualTo(TransformerTask.TextClass));
            Assert.That(configuration.Labels, Is.EqualTo(new[] { "LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3" }));
            Assert.That(configuration.LongestText, Is.EqualTo(40));
        }
    }

    [Test]
    public void TiedWeightsAreOneTableInMemory()
    {
        using var model = Folders.Load("llama-1");
        Assert.That(model.named_parameters().Select(entry => entry.name), Has.None.StartsWith("head."));
    }

    [Test]
    public void AModelWithoutAHeadReturnsItsStatesAndItsNamesMayLackThePrefix()
    {
        using var folder = Folders.Copy("bert-0");
        using var whole = Transformer.Load(folder.FullPath, ScalarType.Float64);
        Rewrite(folder, name => name.StartsWith("bert.", StringComparison.Ordinal) ? name["bert.".Length..] : null);
        folder.Edit("BertForSequenceClassification", "BertModel");
        using var headless = Transformer.Load(folder.FullPath, ScalarType.Float64);
        using var ids = tensor(
            new long[,]
            {
                { 3, 4, 5 },
            }
        );
        using var states = headless.call(ids, null, null, null);
        Assert.That(states.shape, Is.EqualTo(new long[] { 1, 3, 24 }));
    }

    [TestCase("bert-2", "BertForMaskedLM", "BertModel")]
    [TestCase("gpt2-0", "GPT2LMHeadModel", "GPT2Model")]
    [TestCase("distilbert-0", "DistilBertForSequenceClassification", "DistilBertModel")]
    [TestCase("bart-0", "BartForSequenceClassification", "BartModel")]
    public void AHeadThatTheArchitectureDoesNotHaveIsLeftInTheFile(string name, string from, string to)
    {
        using var folder = Folders.Copy(name);
        folder.Edit(from, to);
        using var model = Transformer.Load(folder.FullPath);
        Assert.That(model.named_parameters().Select(entry => entry.name), Has.None.StartsWith("head."));
    }

    [TestCase("opt-0", "model.decoder.version")]
    [TestCase("bart-0", "model.encoder.version")]
    public void TheVersionThatFairseqWroteIsNoWeight(string name, string version)
    {
        using var folder = Folders.Copy(name);
        Rewrite(folder, tensor => tensor, (version, ones(1)));
        Assert.DoesNotThrow(() => Transformer.Load(folder.FullPath).Dispose());
    }

    [Test]
    public void NamesOfNormsFromOlderCheckpointsAreKnown()
    {
        using var folder = Folders.Copy("bert-0");
        Rewrite(
            folder,
            name =>
                name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
                    .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal)
        );
        Assert.DoesNotThrow(() => Transformer.Load(folder.FullPath).Dispose());
    }

    [Test]
    public void AMissingFolderIsNamed() =>
        Assert.That(
            () => Transformer.Load("no-such-model"),
            Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contains("no-such-model")
        );

    [Test]
    public void AMissingConfigIsNamed()
    {
        using var folder = Folders.Copy("llama-0");
        File.Delete(folder.Of("config.json"));
        Assert.That(
            () => Transformer.Load(folder.FullPath),
            Throws.TypeOf<FileNotFoundException>().With.Message.Contains("has no config.json")
        );
    }

    [Test]
    public void AConfigThatIsNoJsonIsNamed()
    {
        using var folder = Folders.Copy("llama-0");
        File.WriteAllText(folder.Of("config.json"), "{");
        Assert.That(
            () => Transformer.Load(folder.FullPath),
            Throws.TypeOf<FormatException>().With.Message.Contains("config.json is no valid JSON")
        );
    }

    [Test]
    public void AValueThatTheConfigLacksIsNamed()
    {
        using var folder = Folders.Copy("llama-0");
        folder.Edit("\"hidden_size\"", "\"hidden\"");
        Assert.That(
            () => Transformer.Load(folder.FullPath),
            Throws.TypeOf<FormatException>().With.Message.Contains("has no 'hidden_size'")
        );
    }

    [Test]
    public void AModelTypeThatIsNotKnownComesWithTheListOfThoseThatAre()
    {
        using var folder = Folders.Copy("llama-0");
        folder.Edit("\"llama\"", "\"mamba\"");
        Assert.That(
            () => Transformer.Load(folder.FullPath),
            Throws
                .TypeOf<NotSupportedException>()
                .With.Message.Contains("'mamba' is not known")
                .And.Message.Contains("mixtral")
                .And.Message.Contains("modernbert")
        );
    }

    [Test]
    public void AnArchitectureThatIsNotKnownComesWithTheListOfThoseThatAre()
    {
        using var folder = Folders.Copy("llama-0");
        folder.Edit("LlamaForCausalLM", "LlamaForQuestionAnswering");
        Assert.That(
            () => Transformer.Load(folder.FullPath),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("ForCausalLM, ")
        );
    }

    [TestCase("llama-2", "\"rope_type\": \"linear\"", "\"rope_type\": \"spiral\"", "'spiral' is not known")]
    [TestCase("bert-0", "\"absolute\"", "\"relative_key\"", "positions of the kind 'relative_key'")]
    [TestCase("bert-0", "\"gelu\"", "\"snake\"", "activation 'snake' is not known")]
    public void WhatIsNotSupportedIsNamed(string model, string from, string to, string message)
    {
        using var folder = Folders.Copy(model);
        folder.Edit(from, to);
        Assert.That(
            () => Transformer.Load(folder.FullPath),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains(message)
        );
    }

    [Test]
    public void MissingWeightsAreNamed()
    {
        using var folder = Folders.Copy("llama-0");
        File.Delete(folder.Of("model.safetensors"));
        Assert.That(
            () => Transformer.Load(folder.FullPath),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("no model.safetensors")
        );
    }

    [Test]
    public void MissingShardsAreNamed()
    {
        using var folder = Folders.Copy("llama-1");
        var shards = Directory.GetFiles(folder.FullPath, "model-*.safetensors").Order().ToList();
        File.Delete(shards[1]);
        Assert.That(
            () => Transformer.Load(folder.FullPath),
            Throws.TypeOf<CheckpointException>().With.Message.Contains(Path.GetFileName(shards[1]))
        );
    }

    [Test]
    public void ATruncatedFileIsRefused()
    {
        using var folder = Folders.Copy("llama-0");
        var bytes = File.ReadAllBytes(folder.Of("model.safetensors"));
        File.WriteAllBytes(folder.Of("model.safetensors"), bytes[..^100]);
        Assert.That(() => Transformer.Load(folder.FullPath), Throws.InstanceOf<CheckpointException>());
    }

    [Test]
    public void MissingUnexpectedAndMisshapenTensorsAreNamedAllAtOnce()
    {
        using var folder = Folders.Copy("llama-0");
        Rewrite(
            folder,
            name =>
                name == "model.norm.weight" ? "model.norm.wait"
                : name == "lm_head.weight" ? null
                : name,
            ("lm_head.weight", ones(3, 24)),
            ("model.layers.0.mlp.gate_proj.bias", ones(52))
        );
        var error = Assert.Throws<CheckpointException>(() => Transformer.Load(folder.FullPath));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.Message, Does.Contain("missing: model.norm.weight"));
            Assert.That(error.Message, Does.Contain("model.norm.wait"));
            Assert.That(error.Message, Does.Contain("model.layers.0.mlp.gate_proj.bias"));
            Assert.That(error.Message, Does.Contain("lm_head.weight F32 [3, 24] instead of [90, 24]"));
        }
    }

    /// <summary>Writes the weights of a folder anew: other names, null for none, and more tensors.</summary>
    private static void Rewrite(
        CopiedFolder folder,
        Func<string, string?> rename,
        params (string Name, Tensor Tensor)[] more
    )
    {
        using var scope = NewDisposeScope();
        var path = folder.Of("model.safetensors");
        Dictionary<string, Tensor> tensors;
        using (var file = SafetensorsFile.Open(path))
        {
            tensors = file.ReadAll();
        }

        var renamed = tensors
            .Where(entry => rename(entry.Key) is not null)
            .ToDictionary(entry => rename(entry.Key)!, entry => entry.Value);
        foreach (var (name, added) in more)
        {
            renamed[name] = added;
        }

        SafetensorsFile.Save(path, renamed);
    }

    private static void Restore(
        CopiedFolder folder,
        Func<IReadOnlyDictionary<string, Tensor>, IEnumerable<KeyValuePair<string, Tensor>>> change
    )
    {
        using var scope = NewDisposeScope();
        var path = folder.Of("model.safetensors");
        Dictionary<string, Tensor> weights;
        using (var file = SafetensorsFile.Open(path))
        {
            weights = file.ReadAll();
        }

        SafetensorsFile.Save(path, [.. change(weights)]);
    }
}
