using System.Text.Json;
using Lrp.Rules;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>One function with its rule, as the drop-in of its name.</summary>
public sealed class FunctionRunner : IGoldenRunner
{
    public IReadOnlyCollection<string> Kinds => ["function"];

    public void Run(GoldenCase golden)
    {
        var inputs = new List<Tensor>();
        while (golden.Has($"input.{inputs.Count}"))
            inputs.Add(golden.Read($"input.{inputs.Count}").requires_grad_());
        var name = golden.Descriptor.GetProperty("function").GetString()!;
        var output = Call(name, new Arguments(golden.Descriptor.GetProperty("args")), inputs);
        golden.AssertClose(output, "output");
        output.backward([golden.Read("relevance_out")]);
        Relevance.ThrowIfFaulted();
        for (var k = 0; k < inputs.Count; k++)
        {
            if (golden.Has($"relevance_in.{k}"))
                golden.AssertClose(inputs[k].grad!, $"relevance_in.{k}");
            else
                Assert.That(inputs[k].grad, Is.Null, $"input {k} takes no relevance");
        }
    }

    private static Tensor Call(string name, Arguments args, List<Tensor> x) => name switch
    {
        "add" => Relevance.add(x[0], x[1], args.Number("epsilon", 1e-8)),
        "sub" => Relevance.sub(x[0], x[1], args.Number("epsilon", 1e-8)),
        "mul" => Relevance.mul(x[0], x[1]),
        "div" => x.Count > 1 ? Relevance.div(x[0], x[1].detach()) : Relevance.div(x[0], args.Number("divisor", double.NaN)),
        "matmul" or "mm" or "bmm" => Relevance.matmul(x[0], x[1], args.Number("epsilon", 1e-8)),
        "einsum" => Relevance.einsum(args.Text("equation"), args.Number("epsilon", 1e-8), [.. x]),
        "linear" => Relevance.linear(x[0], x[1], x.ElementAtOrDefault(2), args.Number("epsilon", 1e-6)),
        "softmax" => Relevance.softmax(x[0], args.Integer("dim", -1), temperature: args.Number("temperature", 1)),
        "mean" => Relevance.mean(x[0], args.Dimensions("dim"), args.Truth("keepdim"), epsilon: args.Number("epsilon", 1e-6)),
        "sum" => Relevance.sum(x[0], args.Dimensions("dim"), args.Truth("keepdim"), epsilon: args.Number("epsilon", 1e-6)),
        "layer_norm" => Relevance.layer_norm(x[0], Normalized(x), x.ElementAtOrDefault(1), x.ElementAtOrDefault(2), args.Number("eps", 1e-5), args.Number("epsilon", 1e-6)),
        "rms_norm" => Relevance.rms_norm(x[0], Normalized(x), x.ElementAtOrDefault(1), args.Number("eps", 1e-6)),
        "normalize" => Relevance.normalize(x[0], args.Number("p", 2), args.Integer("dim", 1), args.Number("eps", 1e-12)),
        _ => throw new NotSupportedException($"The function '{name}' has no rule here."),
    };

    private static long[] Normalized(List<Tensor> x) => x.Count > 1 ? x[1].shape : [x[0].shape[^1]];

    private readonly struct Arguments(JsonElement args)
    {
        public double Number(string name, double missing) => Find(name) is { } value ? value.GetDouble() : missing;

        public long Integer(string name, long missing) => Find(name) is { } value ? value.GetInt64() : missing;

        public bool Truth(string name) => Find(name) is { ValueKind: JsonValueKind.True };

        public string Text(string name) => Find(name)?.GetString() ?? throw new NotSupportedException($"The case has no argument '{name}'.");

        public long[]? Dimensions(string name) => Find(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(entry => entry.GetInt64())],
            { } single => [single.GetInt64()],
        };

        private JsonElement? Find(string name) =>
            args.ValueKind == JsonValueKind.Object && args.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}
