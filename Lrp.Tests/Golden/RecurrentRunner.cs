using System.Text.Json;
using Lrp.Composites;
using Lrp.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>
/// A recurrent layer and a linear head on its last time step, the mean of its time steps, or its last states. The head
/// is explained by gradient times input, which gives the relevance of the layer's outputs.
/// </summary>
public sealed class RecurrentRunner : IGoldenRunner
{
    public IReadOnlyCollection<string> Kinds => ["recurrent"];

    public void Run(GoldenCase golden)
    {
        var settings = golden.Descriptor.GetProperty("module");
        using var module = Build(settings);
        ModuleBuilder.Load(module, golden.ReadAll("module"));
        using var registration = new Composite { { "", LrpRule.Recurrent(0) } }.Register(
            module,
            start: RelevanceStart.Gradient
        );
        var states = golden.ReadAll("state").ToDictionary(entry => entry.Key, entry => InFloat64(entry.Value));
        var input = InFloat64(golden.Read("input")).requires_grad_();
        var (sequence, hidden) = Call(module, input, states);
        var (sequenceLeaf, hiddenLeaf) = (sequence.detach().requires_grad_(), hidden.detach().requires_grad_());
        var batchFirst = settings.GetProperty("batch_first").GetBoolean();
        var scores = nn.functional.linear(
            Features(golden.Descriptor.GetProperty("head").GetString()!, sequenceLeaf, hiddenLeaf, batchFirst),
            InFloat64(golden.Read("head.weight")),
            InFloat64(golden.Read("head.bias"))
        );
        golden.AssertClose(scores, "output");
        scores.backward([golden.Read("relevance_out").div(scores).detach()]);
        var (tensor, leaf) = sequenceLeaf.grad is null ? (hidden, hiddenLeaf) : (sequence, sequenceLeaf);
        tensor.backward([leaf.grad!.mul(leaf).detach()]);
        registration.ThrowIfFaulted();
        golden.AssertClose(input.grad!, "relevance_in");
    }

    private static nn.Module Build(JsonElement settings)
    {
        var (input, hidden) = (settings.GetProperty("input").GetInt64(), settings.GetProperty("hidden").GetInt64());
        var layers = settings.GetProperty("layers").GetInt64();
        var batchFirst = settings.GetProperty("batch_first").GetBoolean();
        var bidirectional = settings.GetProperty("bidirectional").GetBoolean();
        return settings.GetProperty("type").GetString() == "LSTM"
            ? nn.LSTM(input, hidden, layers, batchFirst: batchFirst, bidirectional: bidirectional)
            : nn.GRU(input, hidden, layers, batchFirst: batchFirst, bidirectional: bidirectional);
    }

    private static (Tensor Sequence, Tensor Hidden) Call(
        nn.Module module,
        Tensor input,
        Dictionary<string, Tensor> states
    )
    {
        if (module is GRU gru)
        {
            return gru.call(input, states.GetValueOrDefault("hidden"));
        }

        var (sequence, hidden, _) = states.TryGetValue("hidden", out var first)
            ? ((LSTM)module).call(input, (first, states["cell"]))
            : ((LSTM)module).call(input);
        return (sequence, hidden);
    }

    private static Tensor Features(string head, Tensor sequence, Tensor hidden, bool batchFirst)
    {
        var time = batchFirst ? 1 : 0;
        return head switch
        {
            "last" => sequence.select(time, sequence.shape[time] - 1),
            "mean" => sequence.mean([time]),
            "states" => hidden.transpose(0, 1).flatten(1),
            _ => throw new NotSupportedException($"The head '{head}' is not implemented."),
        };
    }

    private static Tensor InFloat64(Tensor tensor) => tensor.to(ScalarType.Float64);
}
